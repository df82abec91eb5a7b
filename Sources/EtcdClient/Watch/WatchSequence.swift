/// The changes of a range, as they happen; see ``EtcdClient/watch(_:from:options:)``.
public struct WatchSequence: AsyncSequence, Sendable {
    /// Whole revisions.
    public typealias Element = WatchBatch

    let client: EtcdClient
    let range: KeyRange
    let from: Revision?
    let options: WatchOptions

    /// A watch of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: WatchStream(client: self.client, range: self.range, from: self.from, options: self.options))
    }

    /// Drives the watch: it is read while somebody waits in ``next()``.
    public struct Iterator: AsyncIteratorProtocol {
        private var stream: WatchStream?

        fileprivate init(stream: WatchStream) {
            self.stream = stream
        }

        /// The next batch; `nil` only when the task is cancelled, or after an error.
        public mutating func next() async throws -> WatchBatch? {
            do {
                return try await self.stream?.next()
            } catch is CancellationError {
                self.stream = nil
                return nil
            } catch {
                self.stream = nil
                throw error
            }
        }
    }
}
