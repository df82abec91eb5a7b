import CSys
import Glibc
import Synchronization

/// Runs jobs on the one thread that called ``run()``, asleep in poll(2) while there are none.
///
/// Graphics contexts belong to a thread. Swift's main actor leaves the main thread after the first `await` of an
/// async `main` on Linux, and SDL's own event wait polls every millisecond on KMS; this does neither.
package final class RenderExecutor: SerialExecutor, Sendable {
    private let jobs = Mutex<[UnownedJob]>([])
    private let wakeDescriptor = csys_eventfd()
    private let owner = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.jobs.withLock { $0.append(job) }
        self.wake()
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    package func checkIsolated() {
        precondition(Int(csys_gettid()) == self.owner.load(ordering: .relaxed), "not on the render thread")
    }

    /// Runs jobs on the calling thread, which becomes the render thread, until ``stop()``.
    package func run() {
        self.owner.store(Int(csys_gettid()), ordering: .relaxed)
        while !self.isStopped.load(ordering: .acquiring) {
            var descriptor = pollfd(fd: self.wakeDescriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, -1)
            var count: UInt64 = 0
            _ = read(self.wakeDescriptor, &count, MemoryLayout<UInt64>.size)
            let due = self.jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            for job in due { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    /// Lets ``run()`` return after the jobs it is running.
    package func stop() {
        self.isStopped.store(true, ordering: .releasing)
        self.wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(self.wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}

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
