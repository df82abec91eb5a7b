/// What a range holds, then each of its changes; after a compaction what it holds again.
struct MirrorSequence: AsyncSequence, Sendable {
    enum Step: Sendable {
        case snapshot(RangeResult)
        case changes(WatchBatch)
    }

    typealias Element = Step

    let client: EtcdClient
    let range: KeyRange

    func makeAsyncIterator() -> Iterator {
        Iterator(client: self.client, range: self.range)
    }

    struct Iterator: AsyncIteratorProtocol {
        let client: EtcdClient
        let range: KeyRange
        private var watch: WatchSequence.Iterator?
        private var patience: Patience
        private var reached: Revision?

        init(client: EtcdClient, range: KeyRange) {
            self.client = client
            self.range = range
            self.patience = Patience(client.configuration)
        }

        /// `nil` only when the task is cancelled, or after an error.
        mutating func next() async throws -> Step? {
            while true {
                do {
                    guard self.watch != nil else { return .snapshot(try await self.list()) }
                    guard let batch = try await self.watch?.next() else { return nil }
                    self.reached = batch.events.last?.keyValue.modRevision
                    return .changes(batch)
                } catch let error as EtcdError where error.code == .compacted {
                    self.watch = nil
                } catch is CancellationError {
                    return nil
                } catch {
                    self.watch = nil
                    do {
                        try await self.patience.wait(after: error)
                    } catch is CancellationError {
                        return nil
                    }
                }
            }
        }

        private mutating func list() async throws -> RangeResult {
            let result = try await self.client.range(self.range)
            if let reached = self.reached, result.revision < reached {
                throw EtcdError(
                    .historyChanged,
                    "the store is at revision \(result.revision), below \(reached) that was seen before")
            }
            self.reached = result.revision
            self.patience.reset()
            self.watch = self.client.watch(self.range, from: result.revision.next).makeAsyncIterator()
            return result
        }
    }
}
