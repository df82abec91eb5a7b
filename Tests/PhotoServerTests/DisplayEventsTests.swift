import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

struct DisplayEventIDTests {
    @Test func `an event's id is read back, and nothing else is one`() {
        let id = DisplayEventID(cluster: .max, revision: 12)
        #expect(id.description == "ffffffffffffffff:12")
        #expect(DisplayEventID(id.description) == id)
        for wrong in ["", ":", "a:", ":1", "a:0", "a:-1", "x:1", "a:1:2", "a:1 ", "10000000000000000:1"] {
            #expect(DisplayEventID(wrong) == nil, "\(wrong)")
        }
    }
}

struct DisplayMailboxTests {
    private func change(_ revision: Int64, bytes: Int = 2) -> TopicChange {
        TopicChange(topic: .settings, revision: revision, value: Array(repeating: 0x20, count: bytes))
    }

    @Test func `who falls behind starts over, and costs no more`() {
        let mailbox = DisplayMailbox()
        for revision in 1...Int64(DisplayMailbox.changeCapacity) { mailbox.put(self.change(revision)) }
        #expect(mailbox.take().changes.count == DisplayMailbox.changeCapacity)
        for revision in 1...Int64(DisplayMailbox.changeCapacity + 5) { mailbox.put(self.change(revision)) }
        let content = mailbox.take()
        #expect(content.startsOver && content.changes.isEmpty)
        mailbox.put(self.change(1, bytes: DisplayMailbox.byteCapacity + 1))
        #expect(mailbox.take().startsOver)
        #expect(!mailbox.take().startsOver)
    }
}

/// A display's line over HTTP alone, on a running server with its own store.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DisplayEventsTests {
    private struct Data: Decodable {
        struct Entry: Decodable {
            let revision: Int64
            let value: String
        }
        let revision: Int64
        let topics: [String: Entry]
    }

    private func read(_ event: EventReader.Event) throws -> Data {
        try JSONDecoder().decode(Data.self, from: Foundation.Data(event.data.utf8))
    }

    private func open(
        _ server: RunningServer, token: String, last: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: server.base + "/api/v1/display/events")
        request.headers = ["authorization": "Bearer \(token)"]
        if let last { request.headers.add(name: "last-event-id", value: last) }
        // On a busy machine the store may be late; the display asks again then.
        return try await eventually("the stream of events", within: .seconds(60)) { [request] in
            let response = try await RunningServer.client.execute(request, timeout: TimeAmount.seconds(120))
            return response.status == .serviceUnavailable ? nil : response
        }
    }

    private func report(
        _ server: RunningServer, token: String, _ status: DisplayStatus
    ) async throws -> HTTPResponseStatus {
        try await server.send(
            .PUT, "/api/v1/display/status", ["authorization": "Bearer \(token)"],
            String(decoding: status.json, as: UTF8.self)
        ).0
    }

    @Test func `a display hears everything once, resumes where it was, and is sent away when it is removed`()
        async throws
    {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let token = try await server.admitBrowser("hall")
            _ = try await server.admitBrowser("attic")
            var events = EventReader(try await self.open(server, token: token))
            let first = try await events.require()
            #expect(first.name == "snapshot")
            // What the publisher puts may be part of the snapshot or come after it.
            var last = first
            var known = Set(try self.read(first).topics.keys)
            while !known.isSuperset(of: ["settings", "images", "playlist", "power_state"]) {
                last = try await events.require()
                known.formUnion(try self.read(last).topics.keys)
            }
            // Another display's change is not heard; this one's is, with the command after it.
            _ = try await server.send(.PATCH, "/api/v1/displays/attic", session, #"{"power":"off"}"#)
            _ = try await server.send(.PATCH, "/api/v1/displays/hall", session, #"{"power":"off"}"#)
            let change = try await events.require()
            #expect(change.name == "changes")
            #expect(try self.read(change).topics.mapValues(\.value) == ["power_state": "\"off\""])
            _ = try await server.send(.POST, "/api/v1/displays/hall/next", session, "{}")
            let command = try await events.require()
            let told = try self.read(command)
            let next = try #require(told.topics["change_photo"])
            #expect(next.value == "\"forward\"" && next.revision == told.revision)

            // With the id of the change before it, only the command comes again.
            var resumed = EventReader(try await self.open(server, token: token, last: change.id))
            #expect(try self.read(try await resumed.require()).topics.keys.sorted() == ["change_photo"])
            // Up to date: nothing but where it is.
            var current = EventReader(try await self.open(server, token: token, last: command.id))
            #expect(try self.read(try await current.require()).topics.isEmpty)
            // Of another history, or of a time to come: everything.
            let cluster = try #require(change.id.split(separator: ":").first)
            for strange in ["1:\(next.revision)", "\(cluster):\(next.revision + 1000)", "nonsense"] {
                var anew = EventReader(try await self.open(server, token: token, last: strange))
                #expect(try self.read(try await anew.require()).topics.count == 5, "\(strange)")
            }

            var newest = EventReader(try await self.open(server, token: token))
            _ = try await newest.require()
            _ = try await server.send(.DELETE, "/api/v1/displays/hall", session)
            while try await newest.next() != nil {}
            #expect(try await self.open(server, token: token).status == .unauthorized)
        }
    }

    @Test func `a display is present while its reports come, and acknowledges what it applied`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let token = try await server.admitBrowser("hall")
            struct View: Decodable {
                let liveness: String
                let publishedRevision: Int64?
                let appliedRevision: Int64?
                let deliveryState: String
                let ip: String?
            }
            func view() async throws -> View {
                let (_, _, text) = try await server.send(.GET, "/api/v1/displays/hall", session)
                return try JSONDecoder().decode(View.self, from: Foundation.Data(text.utf8))
            }
            let revision = try await eventually("the display's state being published") {
                try await view().publishedRevision
            }
            var status = DisplayStatus()
            status.receivedRevision = revision
            status.appliedRevision = revision
            status.presentedFrames = 1
            // A claim about itself that the server knows better.
            status.ip = "192.0.2.1"
            for _ in 0..<3 { #expect(try await self.report(server, token: token, status) == .noContent) }
            let present = try await eventually("the display being online") {
                let view = try await view()
                return view.liveness == "online" ? view : nil
            }
            #expect(present.appliedRevision == revision && present.deliveryState == "applied")
            #expect(present.ip == "127.0.0.1")
            // Longer than the lease lives without being renewed.
            for _ in 0..<9 {
                try await Task.sleep(for: .seconds(2))
                #expect(try await self.report(server, token: token, status) == .noContent)
                #expect(try await view().liveness == "online")
            }
            let gone = ContinuousClock.now
            try await eventually("the display being offline", within: .seconds(40)) {
                try await view().liveness == "offline"
            }
            // Neither before its lease has ended nor long after.
            #expect(ContinuousClock.now - gone > .seconds(8))
        }
    }

    @Test func `reports that make no sense, are too large or come too fast are refused`() async throws {
        try await RunningServer.withServer { server in
            _ = try await server.signIn()
            let token = try await server.admitBrowser("hall")
            let bearer: HTTPHeaders = ["authorization": "Bearer \(token)"]
            for (body, status) in [
                ("nonsense", HTTPResponseStatus.badRequest), ("[]", .badRequest),
                (#"{"power":"blinking"}"#, .badRequest),
                ("{\"showing\":\"" + String(repeating: "x", count: 17 << 10) + "\"}", .payloadTooLarge),
            ] {
                #expect(try await server.send(.PUT, "/api/v1/display/status", bearer, body).0 == status)
            }
            var answers: [HTTPResponseStatus] = []
            for _ in 0..<70 { answers.append(try await self.report(server, token: token, DisplayStatus())) }
            #expect(answers.contains(.tooManyRequests) && answers.first == .noContent)
        }
    }
}

extension RunningServer {
    /// Lets a browser in by the token of the data folder, and returns its bearer token.
    func admitBrowser(_ id: String) async throws -> String {
        let token = try String(contentsOfFile: "\(self.folder)/data/display-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let (_, _, text) = try await self.send(
            .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
            """
            {"id":"\(id)","secret":"\(TestServer.secret(of: id))","kind":"browser","width":640,"height":360,"token":"\(token)"}
            """)
        struct Answer: Decodable { let token: String }
        return try JSONDecoder().decode(Answer.self, from: Foundation.Data(text.utf8)).token
    }
}
