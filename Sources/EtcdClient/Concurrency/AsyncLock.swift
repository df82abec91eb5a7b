import Synchronization

/// Lets one task at a time into a section that waits for other things, in the order in which they came.
final class AsyncLock: Sendable {
    private struct State {
        var isHeld = false
        var line: [OnceEvent<Void>] = []
    }

    private let state = Mutex(State())

    /// - Throws: `CancellationError` when the task is cancelled before its turn; whatever `body` throws.
    func withLock<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let turn = OnceEvent<Void>()
        let isFree = self.state.withLock { state in
            defer { state.isHeld = true }
            if state.isHeld { state.line.append(turn) }
            return !state.isHeld
        }
        if !isFree {
            do {
                try await turn.wait()
            } catch {
                // Either it leaves the line, or its turn came at the same moment and goes to the next.
                let left = self.state.withLock { state in
                    guard let index = state.line.firstIndex(where: { $0 === turn }) else { return false }
                    state.line.remove(at: index)
                    return true
                }
                if !left { self.unlock() }
                throw error
            }
        }
        defer { self.unlock() }
        return try await body()
    }

    private func unlock() {
        let next = self.state.withLock { state -> OnceEvent<Void>? in
            if state.line.isEmpty {
                state.isHeld = false
                return nil
            }
            return state.line.removeFirst()
        }
        next?.set(())
    }
}
