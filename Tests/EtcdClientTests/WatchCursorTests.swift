import EtcdWire
import Foundation
import Testing

@testable import EtcdClient

struct WatchCursorTests {
    private func created(at revision: Int64, cluster: UInt64 = 1) -> Etcdserverpb_WatchResponse {
        var response = Etcdserverpb_WatchResponse()
        response.created = true
        response.header.revision = revision
        response.header.clusterID = cluster
        return response
    }

    private func events(_ revisions: Int64..., header: Int64? = nil, fragment: Bool = false)
        -> Etcdserverpb_WatchResponse
    {
        var response = Etcdserverpb_WatchResponse()
        response.header.revision = header ?? revisions.last ?? 0
        response.header.clusterID = 1
        response.fragment = fragment
        response.events = revisions.map { revision in
            var event = Mvccpb_Event()
            event.kv.key = Data("k".utf8)
            event.kv.modRevision = revision
            return event
        }
        return response
    }

    private func progress(_ revision: Int64) -> Etcdserverpb_WatchResponse {
        self.events(header: revision)
    }

    private func delivered(_ outcome: WatchCursor.Outcome) -> [Int64]? {
        guard case .batch(let batch) = outcome else { return nil }
        return batch.events.map(\.keyValue.modRevision.rawValue)
    }

    private func reported(_ outcome: WatchCursor.Outcome) -> Int64? {
        guard case .progress(let batch) = outcome, batch.events.isEmpty else { return nil }
        return batch.revision.rawValue
    }

    @Test func aWatchFromNowResumesWhereItWasCreated() {
        var cursor = WatchCursor(from: nil)
        #expect(cursor.resumeRevision == nil)
        _ = cursor.receive(self.created(at: 7))
        #expect(cursor.resumeRevision == Revision(7))
        // What was written between registration and answer has a revision up to the answer's, and must be told.
        #expect(self.delivered(cursor.receive(self.events(6))) == [6])
        #expect(cursor.resumeRevision == Revision(7))
    }

    @Test func fragmentsAreOneBatch() {
        var cursor = WatchCursor(from: Revision(5))
        _ = cursor.receive(self.created(at: 9))
        #expect(self.delivered(cursor.receive(self.events(5, 6, fragment: true))) == nil)
        #expect(cursor.resumeRevision == Revision(5))
        #expect(self.delivered(cursor.receive(self.events(6, 7))) == [5, 6, 6, 7])
        #expect(cursor.resumeRevision == Revision(8))
    }

    @Test func anUnfinishedFragmentIsForgottenWithItsStream() {
        var cursor = WatchCursor(from: Revision(5))
        _ = cursor.receive(self.created(at: 9))
        _ = cursor.receive(self.events(5, fragment: true))
        cursor.streamOpened()
        _ = cursor.receive(self.created(at: 9))
        #expect(self.delivered(cursor.receive(self.events(5, 6))) == [5, 6])
    }

    @Test func repeatedEventsAreDropped() {
        var cursor = WatchCursor(from: Revision(5))
        _ = cursor.receive(self.created(at: 9))
        #expect(self.delivered(cursor.receive(self.events(4, 5, 6))) == [5, 6])
        cursor.streamOpened()
        _ = cursor.receive(self.created(at: 9))
        #expect(self.delivered(cursor.receive(self.events(5, 6, 7))) == [7])
        #expect(self.delivered(cursor.receive(self.events(7))) == nil)
    }

    @Test func progressMovesThePlaceToResumeAtAndNeverHidesEvents() {
        var cursor = WatchCursor(from: Revision(5))
        // Before the watch was created nothing can be a report about it.
        #expect(self.reported(cursor.progressed(to: Revision(40))) == nil)
        _ = cursor.receive(self.created(at: 9))
        #expect(self.reported(cursor.receive(self.progress(20))) == 20)
        #expect(cursor.resumeRevision == Revision(21))
        // A report is not what decides whether an event was told.
        #expect(self.delivered(cursor.receive(self.events(12))) == [12])
        #expect(self.reported(cursor.progressed(to: Revision(30))) == 30)
        #expect(cursor.resumeRevision == Revision(31))
        // In the midst of a revision there is nothing to report.
        _ = cursor.receive(self.events(40, fragment: true))
        #expect(self.reported(cursor.progressed(to: Revision(50))) == nil)
        #expect(self.delivered(cursor.receive(self.events(40))) == [40, 40])
        #expect(cursor.resumeRevision == Revision(41))
    }

    @Test func repetitionsAreCounted() {
        var cursor = WatchCursor(from: Revision(5))
        _ = cursor.receive(self.created(at: 9))
        _ = cursor.receive(self.events(3, 4, 5, 6))
        _ = cursor.receive(self.events(5, 6, 7))
        #expect(cursor.repetitions == 4)
    }

    @Test func anotherClusterOrAnOlderStoreIsNoticed() {
        var cursor = WatchCursor(from: Revision(5))
        _ = cursor.receive(self.created(at: 9))
        _ = cursor.receive(self.events(9))
        cursor.streamOpened()
        guard case .failed(let error) = cursor.receive(self.created(at: 9, cluster: 2)) else {
            Issue.record("another cluster was taken for the same")
            return
        }
        #expect(error.code == .historyChanged)
        guard case .doubtfulHistory = cursor.receive(self.created(at: 8)) else {
            Issue.record("a store that was set back was taken for the same")
            return
        }
        guard case .created = cursor.receive(self.created(at: 9)) else {
            Issue.record("the same store was taken for another")
            return
        }
    }

    @Test func endsOfAWatchAreErrorsOrInterruptions() {
        func outcome(compacted: Int64 = 0, _ reason: String = "") -> WatchCursor.Outcome {
            var response = Etcdserverpb_WatchResponse()
            response.canceled = true
            response.compactRevision = compacted
            response.cancelReason = reason
            var cursor = WatchCursor(from: Revision(5))
            return cursor.receive(response)
        }
        let failures: [(WatchCursor.Outcome, EtcdError.Code, Revision?)] = [
            (outcome(compacted: 8), .compacted, Revision(8)),
            (outcome("etcdserver: mvcc: required revision has been compacted"), .compacted, nil),
            (outcome("mvcc: watcher range is empty"), .watchRefused, nil),
            (
                outcome("rpc error: code = PermissionDenied desc = etcdserver: permission denied"), .permissionDenied,
                nil
            ),
            (
                outcome("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token"), .unauthenticated,
                nil
            ),
        ]
        for (outcome, code, revision) in failures {
            guard case .failed(let error) = outcome else {
                Issue.record("expected \(code), got \(outcome)")
                continue
            }
            #expect(error.code == code)
            #expect(error.compactRevision == revision)
        }
        for reason in ["", "etcdserver: no leader"] {
            guard case .interrupted = outcome(reason) else {
                Issue.record("\"\(reason)\" may pass and is no failure")
                continue
            }
        }
    }
}
