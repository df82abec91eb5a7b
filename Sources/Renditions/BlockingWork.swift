import Dispatch

/// Calls that block (fsync, waiting for a process) on threads made for it, so that they do not hold up the few that
/// run all tasks.
package enum BlockingWork {
    private static let queue = DispatchQueue(label: "vitrine.blocking", attributes: .concurrent)

    /// Runs `body` on such a thread. It is not interrupted by cancellation. Callers bound how many run at once.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
