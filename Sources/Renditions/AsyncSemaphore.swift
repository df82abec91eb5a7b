import Synchronization

/// A number of slots that tasks wait for in order of arrival, up to a bound on how many may wait.
package final class AsyncSemaphore: Sendable {
    /// Thrown when the bound on waiting tasks is reached.
    package struct TooManyWaiting: Error {}

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
        /// Tasks that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    private let maximumWaiting: Int
    private let state: Mutex<State>

    package init(slots: Int, maximumWaiting: Int) {
        self.maximumWaiting = maximumWaiting
        self.state = Mutex(State(free: max(1, slots)))
    }

    /// Runs `body` with a slot of its own.
    ///
    /// - Throws: `CancellationError` when cancelled while waiting, ``TooManyWaiting``, or what `body` throws.
    package func withSlot<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await self.acquire()
        defer { self.release() }
        return try await body()
    }

    package func acquire() async throws {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        // A cancellation that came too late to matter has left its mark here.
        defer { self.state.withLock { _ = $0.cancelled.remove(id) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Swift.Result<Void, any Error>? = self.state.withLock { state in
                    if state.cancelled.contains(id) { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    guard state.waiters.count < self.maximumWaiting else { return .failure(TooManyWaiting()) }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter: Waiter? = self.state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    package func release() {
        let next: Waiter? = self.state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.continuation.resume()
    }
}
