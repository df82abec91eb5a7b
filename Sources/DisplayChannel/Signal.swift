import Synchronization

/// A wake-up for one waiter. Raising it many times before it is waited for counts once. Unlike an `AsyncStream`, it
/// outlives a cancelled wait.
package final class Signal: Sendable {
    private enum State {
        case idle
        case raised
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    package init() {}

    package func raise() {
        let waiter: CheckedContinuation<Void, Never>? = self.state.withLock { state in
            defer { if case .waiting = state { state = .idle } else { state = .raised } }
            if case .waiting(let waiter) = state { return waiter }
            return nil
        }
        waiter?.resume()
    }

    /// Returns once raised, or at once when the task is cancelled. One waiter at a time: an earlier one is let go.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let released: CheckedContinuation<Void, Never>? = self.state.withLock { state in
                    switch state {
                    case .raised:
                        state = .idle
                        return continuation
                    case .waiting(let earlier):
                        state = .waiting(continuation)
                        return earlier
                    case .idle:
                        // Cancellation sets no flag here: it is looked up under the lock, after which the handler finds us.
                        guard !Task.isCancelled else { return continuation }
                        state = .waiting(continuation)
                        return nil
                    }
                }
                released?.resume()
            }
        } onCancel: {
            let waiter: CheckedContinuation<Void, Never>? = self.state.withLock { state in
                guard case .waiting(let waiter) = state else { return nil }
                state = .idle
                return waiter
            }
            waiter?.resume()
        }
    }

    /// Returns once raised, or after `limit`, or at once when the task is cancelled.
    package func wait(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: limit) }  // throws only when cancelled
            await group.next()
            group.cancelAll()
        }
    }
}
