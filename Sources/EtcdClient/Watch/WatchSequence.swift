/// The changes of a range, as they happen; see ``EtcdClient/watch(_:from:options:)``.
public struct WatchSequence: AsyncSequence, Sendable {
    public typealias Element = WatchBatch

    let client: EtcdClient
    let range: KeyRange
    let from: Revision?
    let options: WatchOptions

    public func makeAsyncIterator() -> Iterator {
        Iterator()
    }

    public struct Iterator: AsyncIteratorProtocol {
        /// The next batch; `nil` only when the task is cancelled.
        public mutating func next() async throws -> WatchBatch? {
            nil
        }
    }
}
