import CSys
import Synchronization

/// Everything that touches SDL's video or GL.
@globalActor package actor RenderActor {
    package static let shared = RenderActor()
    package static let executor = RenderExecutor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { Self.executor.asUnownedSerialExecutor() }

    /// Runs `work` elsewhere while the calling thread serves this actor; returns what `work` returns.
    ///
    /// For a synchronous `main` on the process's main thread. Call it once.
    package static func serve<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result? {
        csys_return_large_blocks()
        let result = ResultBox<Result>()
        Task.detached {
            let value = await work()
            result.value.withLock { $0 = value }
            self.executor.stop()
        }
        self.executor.run()
        return result.value.withLock { $0 }
    }
}

private final class ResultBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
