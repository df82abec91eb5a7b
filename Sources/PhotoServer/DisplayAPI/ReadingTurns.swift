/// Lets a few read the store at a time, and the others wait for their turn: when a thousand displays come back at once,
/// each call's time is not spent on waiting for the others.
actor ReadingTurns {
    private var free: Int
    /// At most as many as displays may follow.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(atOnce: Int = 16) {
        self.free = atOnce
    }

    /// Runs `body` when its turn comes. Turns come fast, so that waiting for one is not cut short by cancellation.
    nonisolated func take<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        await self.begin()
        do {
            let value = try await body()
            await self.end()
            return value
        } catch {
            await self.end()
            throw error
        }
    }

    private func begin() async {
        guard self.free == 0 else {
            self.free -= 1
            return
        }
        await withCheckedContinuation { self.waiting.append($0) }
    }

    private func end() {
        // A turn that ends goes over to the one who has waited longest.
        if self.waiting.isEmpty { self.free += 1 } else { self.waiting.removeFirst().resume() }
    }
}
