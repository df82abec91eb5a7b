import Synchronization

/// Something that happens once, and that any number of tasks can wait for.
final class OnceEvent<Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct State {
        var value: Value?
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// What happened, if it did.
    var value: Value? { self.state.withLock { $0.value } }

    /// It happened. Does nothing the second time.
    func set(_ value: Value) {
        let waiters = self.state.withLock { state -> [Waiter] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// - Throws: `CancellationError` when the task is cancelled before it happened.
    func wait() async throws -> Value {
        let id = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let known = self.state.withLock { state -> Value? in
                    if state.value == nil { state.waiters[id] = waiter }
                    return state.value
                }
                if let known { return waiter.resume(returning: known) }
                // A cancellation that came before the wait has had nobody to wake.
                if Task.isCancelled { self.cancel(id) }
            }
        } onCancel: {
            self.cancel(id)
        }
    }

    private func cancel(_ id: Int) {
        self.state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
}
