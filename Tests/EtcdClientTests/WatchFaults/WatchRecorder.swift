import EtcdClient
import TestSupport

/// A reader of a watch that writes down what it hears, and goes on after a compaction where history begins.
final class WatchRecorder: Sendable {
    let specification: WatchSpecification
    private let client: EtcdClient
    private let pause: Duration?
    private let record: Shared<WatchRecord>
    private let failure = Shared<String?>(nil)

    /// - Parameter pause: How long the reader takes over each batch.
    init(_ specification: WatchSpecification, client: EtcdClient, pause: Duration? = nil) {
        self.specification = specification
        self.client = client
        self.pause = pause
        self.record = Shared(WatchRecord(specification: specification))
    }

    /// What was heard so far.
    var heard: WatchRecord { self.record.get() }

    /// What ended the watch although nothing should have.
    var unexpectedEnd: String? { self.failure.get() }

    /// Records until the task is cancelled.
    func run(from first: Revision) async throws {
        var from = first
        while !Task.isCancelled {
            self.record.update { $0.entries.append(.opened(from: from)) }
            do {
                let watch = self.client.watch(
                    self.specification.range, from: from, options: self.specification.options)
                for try await batch in watch {
                    self.record.update { $0.entries.append(.batch(batch)) }
                    if let last = batch.events.last { from = last.keyValue.modRevision.next }
                    if let pause { try await Task.sleep(for: pause) }
                }
                if !Task.isCancelled { self.failure.set("the watch ended without a word") }
                return
            } catch let error as EtcdError where error.code == .compacted {
                guard let revision = error.compactRevision else {
                    return self.failure.set("a compaction without its revision: \(error)")
                }
                self.record.update { $0.entries.append(.compacted(revision)) }
                from = revision
            } catch let error as EtcdError where error.code == .overflow {
                guard let next = error.nextRevision else {
                    return self.failure.set("an overflow without the next revision: \(error)")
                }
                from = next
            } catch is CancellationError {
                return
            } catch {
                return self.failure.set("the watch ended: \(error)")
            }
        }
    }
}
