import Synchronization

/// One task at a time for each key; tasks with different keys do not meet.
package final class KeyedLock<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let semaphore: AsyncSemaphore
        var users: Int
    }

    private let maximumWaiting: Int
    private let entries = Mutex<[Key: Entry]>([:])

    /// - Parameter maximumWaiting: How many tasks may wait for one key.
    package init(maximumWaiting: Int = 1_000) { self.maximumWaiting = maximumWaiting }

    /// Runs `body` while no other task runs with the same key.
    ///
    /// - Throws: `CancellationError` when cancelled while waiting, ``AsyncSemaphore/TooManyWaiting``, or what `body` throws.
    package func withLock<Result>(_ key: Key, _ body: () async throws -> Result) async throws -> Result {
        let semaphore = self.entries.withLock { entries in
            var entry =
                entries[key]
                ?? Entry(semaphore: AsyncSemaphore(slots: 1, maximumWaiting: self.maximumWaiting), users: 0)
            entry.users += 1
            entries[key] = entry
            return entry.semaphore
        }
        defer {
            self.entries.withLock { entries in
                entries[key]?.users -= 1
                if entries[key]?.users == 0 { entries[key] = nil }
            }
        }
        return try await semaphore.withSlot(body)
    }
}
