/// The changes of a range, as they happen; see ``EtcdClient/watch(_:from:options:)``.
public struct WatchSequence: AsyncSequence, Sendable {
    /// Whole revisions.
    public typealias Element = WatchBatch

    let client: EtcdClient
    let range: KeyRange
    let from: Revision?
    let options: WatchOptions
    var connectionObserver: (@Sendable (Bool) -> Void)?

    /// A watch of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(
            stream: WatchStream(
                client: self.client, range: self.range, from: self.from, options: self.options,
                connectionObserver: self.connectionObserver))
    }

    /// The same watch, telling `observer` whenever it starts (true) or stops (false) being heard by a server.
    ///
    /// A watch goes on by itself after an interruption and loses nothing; this is for those who want to show it.
    public func observingConnection(_ observer: @escaping @Sendable (Bool) -> Void) -> WatchSequence {
        var watch = self
        watch.connectionObserver = observer
        return watch
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
