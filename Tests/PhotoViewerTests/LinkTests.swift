import DisplayChannel
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import PhotoViewer

struct ServerSentEventTests {
    private static let stream = """
        retry: 1000

        : still here

        id: c0ffee:7
        event: snapshot
        data: {"revision":7,
        data: "topics":{}}

        id:c0ffee:8
        event:changes
        data:x


        """

    /// Whatever the pieces, the events are the same.
    @Test(arguments: [1, 2, 3, 7, 1000])
    func eventsAreCutFromPieces(length: Int) throws {
        for lineEnd in ["\n", "\r\n", "\r"] {
            var parser = ServerSentEventParser()
            let bytes = Array(Self.stream.replacing("\n", with: lineEnd).utf8)
            var events: [ServerSentEvent] = []
            for start in stride(from: 0, to: bytes.count, by: length) {
                events += try parser.feed(bytes[start..<min(start + length, bytes.count)])
            }
            #expect(
                events == [
                    .init(id: "c0ffee:7", name: "snapshot", data: "{\"revision\":7,\n\"topics\":{}}"),
                    .init(id: "c0ffee:8", name: "changes", data: "x"),
                ])
        }
    }

    @Test func anEventThatNeverEndsIsRefused() {
        var parser = ServerSentEventParser()
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(throws: ServerSentEventParser.TooLong.self) { for _ in 0..<20 { _ = try parser.feed(piece) } }
    }

    @Test func aDisplaysKeysAreReadFromAnEvent() throws {
        let data =
            #"{"revision":9,"topics":{"power_state":{"revision":9,"value":"\"off\""},"new":{"revision":9,"value":"1"}}}"#
        let event = try #require(try DisplayEvent(.init(id: "ff:9", name: "changes", data: data)))
        #expect(event.cluster == 255)
        #expect(event.changes == [.init(topic: .powerState, json: Array("\"off\"".utf8), revision: 9)])
        #expect(try DisplayEvent(.init(id: "ff:9", name: "other", data: "")) == nil)
        for (id, data) in [("x:9", data), ("ff:", data), ("ff:9", "{")] {
            #expect(throws: ViewerError.self) { try DisplayEvent(.init(id: id, name: "changes", data: data)) }
        }
        var memory = ChannelMemory()
        #expect(DisplayEvent.id(of: memory) == nil)
        (memory.cluster, memory.revision) = (255, 9)
        #expect(DisplayEvent.id(of: memory) == "ff:9")
    }
}

/// A photoserver that tells events as a test wants.
private final class FakeEvents: DisplayEventService {
    struct State {
        var isAway = false
        var refusesToken = false
        var lines: [AsyncStream<String>.Continuation] = []
        var lastEvents: [String?] = []
        var statuses: [DisplayStatus] = []
    }

    let state = Mutex(State())

    func hearEvents(
        after lastEvent: String?, token: String, _ take: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        try self.answer()
        let (stream, line) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(100))
        self.state.withLock { state in
            state.lastEvents.append(lastEvent)
            state.lines.append(line)
        }
        for await text in stream { try await take(ArraySlice(text.utf8)) }
        try Task.checkCancellation()
    }

    func send(status: [UInt8], token: String) async throws(ViewerError) {
        try self.answer()
        if let status = DisplayStatus(json: status) { self.state.withLock { $0.statuses.append(status) } }
    }

    private func answer() throws(ViewerError) {
        let (isAway, isRefused) = self.state.withLock { ($0.isAway, $0.refusesToken) }
        if isAway { throw ViewerError(.unreachable, "away") }
        if isRefused { throw ViewerError(.unauthorized, "401") }
    }

    var lines: Int { self.state.withLock { $0.lines.count } }

    func say(_ kind: String, _ topics: [Topic: (String, Int64)], revision: Int64) {
        let members = topics.map { topic, entry in
            let value = String(decoding: JSONValue.string(entry.0).json, as: UTF8.self)
            return #""\#(topic.rawValue)":{"revision":\#(entry.1),"value":\#(value)}"#
        }
        let data = #"{"revision":\#(revision),"topics":{\#(members.joined(separator: ","))}}"#
        self.state.withLock { $0.lines.last }?.yield("id: ff:\(revision)\nevent: \(kind)\ndata: \(data)\n\n")
    }

    func cut() { self.state.withLock { $0.lines.last }?.finish() }
}

@Suite(.timeLimit(.minutes(1)))
struct EventsLinkTests {
    private static func with(
        _ body: @escaping @Sendable (FakeEvents, EventsLink, Shared<[ChannelEvent]>) async throws -> Void
    ) async throws {
        let service = FakeEvents()
        let link = EventsLink(
            service: service, token: "t", store: VolatileChannelMemory(), logger: Logger(label: "test"))
        let heard = Shared<[ChannelEvent]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run { event in heard.update { $0.append(event) } } }
            group.addTask { try await body(service, link, heard) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func commands(_ heard: Shared<[ChannelEvent]>) -> [Int64] {
        heard.get().compactMap { if case .command(_, let revision) = $0 { revision } else { nil } }
    }

    @Test func stateAndCommandsArriveAndNoneTwiceOverLostLines() async throws {
        try await Self.with { service, _, heard in
            try await eventually("a line") { service.lines == 1 }
            service.say("snapshot", [.powerState: ("\"on\"", 3), .changePhoto: ("\"forward\"", 2)], revision: 5)
            // Of a display's first contact: what lies there is not for it.
            try await eventually("the snapshot") { heard.get().contains(.received(revision: 3)) }
            service.say("changes", [.changePhoto: ("\"forward\"", 6), .powerState: ("\"off\"", 6)], revision: 6)
            try await eventually("the command") { Self.commands(heard) == [6] }
            service.cut()
            try await eventually("another line") { service.lines == 2 }
            #expect(service.state.withLock { $0.lastEvents.last } == "ff:6")
            service.say("snapshot", [.changePhoto: ("\"forward\"", 6), .show: ("\"x\"", 8)], revision: 8)
            try await eventually("the new command") { Self.commands(heard) == [6, 8] }
            let events = heard.get()
            let away = try #require(events.firstIndex { if case .away = $0 { true } else { false } })
            let back = try #require(events.firstIndex(of: .back))
            #expect(away < back)
            let newest = events.compactMap { if case .state(let state, _, _) = $0 { state } else { nil } }.last
            #expect(newest?.power == .off)
        }
    }

    @Test func theStatusIsSentAtOnceAndAgainForPresence() async throws {
        try await Self.with { service, link, _ in
            var status = DisplayStatus()
            status.receivedRevision = 4
            link.report(status)
            try await eventually("the status") {
                service.state.withLock { $0.statuses.last?.receivedRevision == 4 }
            }
            await link.flush(within: .seconds(5))
            let count = service.state.withLock { $0.statuses.count }
            try await eventually("a sign of presence", within: .seconds(15)) {
                service.state.withLock { $0.statuses.count > count }
            }
        }
    }

    @Test func aRevokedDisplayIsToldSo() async throws {
        let service = FakeEvents()
        service.state.withLock { $0.refusesToken = true }
        let link = EventsLink(
            service: service, token: "t", store: VolatileChannelMemory(), logger: Logger(label: "test"))
        let error = await #expect(throws: ViewerError.self) { try await link.run { _ in } }
        #expect(error?.code == .unauthorized)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct SwitchingLinkTests {
    /// A line that is heard when a test says so.
    private final class Line: DisplayLink {
        let isHeard: Shared<Bool>
        let status = Shared(DisplayStatus())

        init(isHeard: Shared<Bool>) { self.isHeard = isHeard }

        func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
            var wasHeard: Bool?
            while true {
                let isHeard = self.isHeard.get()
                if isHeard != wasHeard { await handle(isHeard ? .received(revision: 1) : .away(reason: "test")) }
                wasHeard = isHeard
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        func report(_ status: DisplayStatus) { self.status.set(status) }
        func flush(within limit: Duration) async {}
    }

    @Test func itChangesOverByItselfAndBackAndSaysWhich() async throws {
        let (etcd, events) = (Shared(true), Shared(true))
        let lines = Shared<[Line]>([])
        let make = { @Sendable (isHeard: Shared<Bool>) -> any DisplayLink in
            let line = Line(isHeard: isHeard)
            lines.update { $0.append(line) }
            return line
        }
        let link = SwitchingLink(
            makeEtcd: { make(etcd) }, makeEvents: { make(events) }, etcdAnswers: { etcd.get() },
            serverAnswers: { events.get() },
            pace: .init(
                patience: .milliseconds(60), retry: .milliseconds(20), firstHoming: .milliseconds(50),
                homing: .milliseconds(200)), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run { _ in } }
            link.report(DisplayStatus())
            try await eventually("etcd") { lines.get().last?.status.get().transport == "etcd" }
            try await Task.sleep(for: .milliseconds(300))
            #expect(link.transport == .etcd, "what works is kept")

            // Both away: there is nothing to change over to.
            etcd.set(false)
            events.set(false)
            try await Task.sleep(for: .milliseconds(300))
            #expect(link.transport == .etcd)
            events.set(true)
            try await eventually("events") {
                link.transport == .events && lines.get().last?.status.get().transport == "events"
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(link.transport == .events)
            etcd.set(true)
            try await eventually("etcd again") { link.transport == .etcd }
            #expect(lines.get().count == 3)
            group.cancelAll()
        }
    }
}
