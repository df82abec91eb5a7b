import EtcdTransport
import EtcdWire
import TestSupport
import Testing

@testable import EtcdClient

/// Semantics 2.1 to 2.5: every way in which a stream can stop ends in a resume or in a thrown error, and nothing is lost
/// or told twice at the seam.
@Suite(.serialized, .timeLimit(.minutes(1))) struct WatchEndTests {
    private func revisions(_ batch: WatchBatch?) -> [Int64]? {
        batch?.events.map(\.keyValue.modRevision.rawValue)
    }

    private static let passing: [GRPCStatus.Code] = [
        .ok, .cancelled, .unknown, .deadlineExceeded, .notFound, .alreadyExists, .resourceExhausted, .aborted,
        .internalError, .unavailable, .dataLoss,
    ]

    @Test(arguments: Self.passing)
    func anEndThatMayPassIsAResume(status: GRPCStatus.Code) async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 10)
                    stream.sendEvent(at: 11)
                    stream.finish(GRPCStatus(status, "the end"))
                },
                { _, stream in
                    stream.sendCreated(at: 11)
                    stream.sendEvent(at: 12)
                },
            ],
            { server, client in
                var batches = client.watch(.key("a")).makeAsyncIterator()
                let first = try await batches.next()
                #expect(self.revisions(first) == [11])
                let second = try await batches.next()
                #expect(self.revisions(second) == [12])
                #expect(server.creates.get().map(\.startRevision) == [0, 12])
            })
    }

    private static let final: [(GRPCStatus.Code, EtcdError.Code)] = [
        (.permissionDenied, .permissionDenied), (.unauthenticated, .unauthenticated),
        (.invalidArgument, .invalidArgument), (.unimplemented, .unimplemented),
        (.failedPrecondition, .failedPrecondition), (.outOfRange, .invalidArgument),
    ]

    @Test(arguments: Self.final)
    func anEndThatCannotPassIsAnError(status: GRPCStatus.Code, code: EtcdError.Code) async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 10)
                    stream.sendEvent(at: 11)
                    stream.finish(GRPCStatus(status, "the end"))
                }
            ],
            { server, client in
                var batches = client.watch(.key("a")).makeAsyncIterator()
                let first = try await batches.next()
                #expect(self.revisions(first) == [11])
                await expectError(code) { _ = try await batches.next() }
                #expect(server.creates.get().count == 1)
            })
    }

    @Test(arguments: [
        ("etcdserver: permission denied", EtcdError.Code.permissionDenied),
        ("etcdserver: mvcc: required revision has been compacted", .compacted), ("no room here", .watchRefused),
    ])
    func aRefusedWatchIsAnError(reason: String, code: EtcdError.Code) async throws {
        try await ScriptedServer.with(
            [
                { _, stream in stream.sendCanceled(reason: reason, created: true) }
            ],
            { _, client in
                var batches = client.watch(.key("a")).makeAsyncIterator()
                let error = await expectError(code) { _ = try await batches.next() }
                #expect(error?.message.contains(reason) == true)
            })
    }

    /// python-etcd3 forgets such a watch, and its reader waits for ever.
    @Test(arguments: ["", "etcdserver: no leader"])
    func aWatchThatTheServerEndsWithoutAReasonOfItsOwnGoesOn(reason: String) async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 10)
                    stream.sendEvent(at: 11)
                    stream.sendCanceled(reason: reason)
                },
                { _, stream in
                    stream.sendCreated(at: 11)
                    stream.sendEvent(at: 12)
                },
            ],
            { server, client in
                var batches = client.watch(.key("a")).makeAsyncIterator()
                let first = try await batches.next()
                #expect(self.revisions(first) == [11])
                let second = try await batches.next()
                #expect(self.revisions(second) == [12])
                #expect(server.creates.get().map(\.startRevision) == [0, 12])
            })
    }

    @Test func aStreamThatBreaksWithinARevisionIsResumedBeforeIt() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 10)
                    stream.sendEvent("a", at: 11, isFragment: true)
                    stream.finish(GRPCStatus(.unavailable, "the end"))
                },
                { _, stream in
                    stream.sendCreated(at: 11)
                    stream.sendEvent("a", at: 11, isFragment: true)
                    stream.sendEvent("b", at: 11)
                },
            ],
            { server, client in
                var batches = client.watch(.all, from: Revision(11)).makeAsyncIterator()
                let batch = try await batches.next()
                #expect(batch?.events.map(\.keyValue.key) == ["a", "b"])
                #expect(server.creates.get().map(\.startRevision) == [11, 11])
            })
    }

    /// jetcd takes the revision in the answer for the place to go on from, and loses the history that was asked for.
    @Test func aWatchOfThePastThatBreaksBeforeItsHistoryGoesOnInThePast() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 100)
                    stream.finish(GRPCStatus(.unavailable, "the end"))
                },
                { _, stream in
                    stream.sendCreated(at: 100)
                    stream.sendEvent(at: 6)
                },
            ],
            { server, client in
                var batches = client.watch(.key("a"), from: Revision(5)).makeAsyncIterator()
                let batch = try await batches.next()
                #expect(self.revisions(batch) == [6])
                #expect(server.creates.get().map(\.startRevision) == [5, 5])
            })
    }

    @Test func aWatchFromNowThatBreaksBeforeItsFirstEventGoesOnWhereItBegan() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 10)
                    stream.finish(GRPCStatus(.unavailable, "the end"))
                },
                { _, stream in
                    stream.sendCreated(at: 12)
                    stream.sendEvent(at: 11)
                },
            ],
            { server, client in
                var batches = client.watch(.key("a")).makeAsyncIterator()
                let batch = try await batches.next()
                #expect(self.revisions(batch) == [11])
                // Not 11: the header may be older than the watch.
                #expect(server.creates.get().map(\.startRevision) == [0, 10])
            })
    }

    /// etcd issues 15271 and 20221: a member that lags behind tells of what was before the revision asked for.
    @Test func eventsFromBeforeAreDroppedAndCounted() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in
                    stream.sendCreated(at: 20)
                    for revision in [9, 10, 11] as [Int64] { stream.sendEvent(at: revision) }
                }
            ],
            { _, client in
                var batches = client.watch(.key("a"), from: Revision(11)).makeAsyncIterator()
                let batch = try await batches.next()
                #expect(self.revisions(batch) == [11])
                #expect(client.watchStatistics.repetitions == 2)
            })
    }

    /// etcd issue 15220: until 3.4.25 and 3.5.8 a report could overtake events.
    @Test(arguments: [("3.4.24", Int64(11)), ("3.5.7", 11), ("3.4.25", 16), ("3.5.8", 16), ("3.6.0", 16)])
    func aReportOfProgressIsBelievedOfServersThatOrderIt(version: String, resume: Int64) async throws {
        try await ScriptedServer.with(
            [
                { _, stream in stream.sendCreated(at: 10) }
            ],
            version: version,
            progress: { stream in
                stream.sendProgress(to: 15)
                stream.finish(GRPCStatus(.unavailable, "the end"))
            },
            { server, client in
                let reader = Task {
                    for try await _ in client.watch(.key("a"), from: Revision(11)) {}
                }
                // The silence makes the client ask.
                try await eventually("the watch going on") { server.creates.get().count >= 2 }
                reader.cancel()
                #expect(server.creates.get().prefix(2).map(\.startRevision) == [11, resume])
            })
    }

    /// Old servers, and new ones while a watch waits for the future, do not answer a request for progress.
    @Test func aServerThatReportsNoProgressKeepsItsWatches() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in stream.sendCreated(at: 10) }
            ], revision: 10,
            { server, client in
                var batches = client.watch(.key("a"), from: Revision(11)).makeAsyncIterator()
                let asking = Task {
                    try await eventually("several silences") { server.progressRequests.get() >= 3 }
                    server.stream.get()?.sendEvent(at: 11)
                }
                let batch = try await batches.next()
                try await asking.value
                #expect(self.revisions(batch) == [11])
                #expect(server.creates.get().count == 1)
            })
    }

    /// The silence is held against a server whose store has moved on.
    @Test func aStreamThatIsSilentThoughThereIsNewsIsGivenUp() async throws {
        try await ScriptedServer.with(
            [
                { _, stream in stream.sendCreated(at: 10) },
                { _, stream in
                    stream.sendCreated(at: 12)
                    stream.sendEvent(at: 12)
                },
            ], revision: 12,
            { server, client in
                var batches = client.watch(.key("a"), from: Revision(11)).makeAsyncIterator()
                let batch = try await batches.next()
                #expect(self.revisions(batch) == [12])
                #expect(server.creates.get().map(\.startRevision) == [11, 11])
            })
    }
}
