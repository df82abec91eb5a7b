import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What only a running server shows: streams, limits of the connection, and stopping.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LiveServerTests {
    /// Reads server-sent events until one has this name, and returns its data.
    private func next(
        _ name: String, _ events: inout HTTPClientResponse.Body.AsyncIterator, _ rest: inout String
    ) async throws -> String {
        while true {
            while let end = rest.range(of: "\n\n") {
                let block = rest[..<end.lowerBound]
                rest = String(rest[end.upperBound...])
                let lines = block.split(separator: "\n")
                if lines.first == "event: \(name)", let data = lines.last { return String(data.dropFirst(6)) }
            }
            guard let buffer = try await events.next() else {
                throw NotInTime(description: "the stream ended before \(name)")
            }
            rest += String(buffer: buffer)
        }
    }

    private func openEvents(_ server: RunningServer, _ session: HTTPHeaders) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: server.base + "/api/v1/events")
        request.headers = session
        return try await RunningServer.client.execute(request, timeout: .seconds(30))
    }

    @Test func `browsers hear of everything as it happens, a snapshot first`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let response = try await self.openEvents(server, session)
            #expect(response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true)
            var events = response.body.makeAsyncIterator()
            var rest = ""
            let snapshot = try await self.next("snapshot", &events, &rest)
            #expect(snapshot.contains(#""displays":[]"#))

            _ = try await server.send(.POST, "/api/v1/albums", session, #"{"name":"Holiday"}"#)
            _ = try await self.next("albums", &events, &rest)
            let (_, _, pending) = try await server.send(
                .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
                #"{"id":"attic","secret":"long enough a secret","name":"Attic","width":640,"height":360}"#)
            struct Pending: Decodable { let code: String }
            let code = try JSONDecoder().decode(Pending.self, from: Data(pending.utf8)).code
            _ = try await server.send(.POST, "/api/v1/pairings", session, #"{"code":"\#(code)"}"#)
            var admitted = ""
            repeat {
                admitted = try await self.next("display", &events, &rest)
            } while !admitted.contains(#""name":"Attic""#) || admitted.contains(#""deliveryState":"waiting""#)
            _ = try await server.send(.DELETE, "/api/v1/displays/attic", session)
            #expect(try await self.next("display-removed", &events, &rest).contains("attic"))
        }
    }

    @Test func `an open event stream does not keep the server from stopping`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let response = try await self.openEvents(server, session)
            var events = response.body.makeAsyncIterator()
            var rest = ""
            _ = try await self.next("snapshot", &events, &rest)
            let clock = ContinuousClock()
            let begun = clock.now
            let status = try await server.process.terminate(within: .seconds(15))
            #expect(status == 0, "\(server.process.output)")
            #expect(clock.now - begun < .seconds(6))
        }
    }

    @Test func `a waiting display does not keep the server from stopping`() async throws {
        try await RunningServer.withServer { server in
            _ = try await server.send(
                .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
                #"{"id":"attic","secret":"long enough a secret","name":"Attic","width":640,"height":360}"#)
            async let waiting = server.send(
                .GET, "/api/v1/display/registrations/attic", ["authorization": "Bearer long enough a secret"])
            try await eventually("the display waiting") {
                try await server.send(.GET, "/health").0 == .ok
            }
            let status = try await server.process.terminate(within: .seconds(15))
            #expect(status == 0, "\(server.process.output)")
            #expect(try await waiting.0 == .accepted)
        }
    }

    @Test func `a second server on the same data folder is refused with the reason`() async throws {
        try await RunningServer.withServer { server in
            let second = try ChildProcess(
                try BuiltProgram.photoserver,
                [
                    "serve", "--data", "\(server.folder)/data", "--listen", "127.0.0.1:\(try FreePort.next())",
                    "--etcd-listen", "127.0.0.1:\(try FreePort.next())",
                ], log: "\(server.folder)/second.log")
            #expect(try await second.finished() != 0)
            #expect(second.output.contains("\(server.folder)/data"))
        }
    }

    @Test func `an upload that says it is too large is refused before it is sent`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            var lines = "POST /api/v1/photos?filename=x.jpg HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n"
            for header in session { lines += "\(header.name): \(header.value)\r\n" }
            let answer = try await RawConnection.exchange(port: server.port, lines + "\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 413"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a body without end is refused, and its connection closed`() async throws {
        try await RunningServer.withServer { server in
            let answer = try await RawConnection.flood(
                port: server.port,
                "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 413"))
            #expect(try await server.send(.GET, "/health").0 == .ok)
        }
    }

    @Test func `over HTTPS everything works, and the cookie stays there`() async throws {
        try await RunningServer.withServer(tls: true) { server in
            let session = try await server.signIn()
            #expect(session.first(name: "cookie")?.hasPrefix("__Host-vitrine-session=") == true)
            #expect(try await server.send(.POST, "/api/v1/albums", session, #"{"name":"Holiday"}"#).0 == .created)
        }
    }

    @Test func `what a display reports shows at once, and its own resolution becomes the playlist's`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let token = try String(contentsOfFile: "\(server.folder)/data/display-token", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            _ = try await server.send(
                .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
                #"{"id":"hall","secret":"long enough a secret","width":640,"height":360,"token":"\#(token)"}"#)
            let client = try server.storeAsRoot()
            let lease = try await client.grantLease(ttl: .seconds(60))
            var status = DisplayStatus()
            status.showing = "dune.jpg"
            status.receivedRevision = .max / 2
            status.appliedRevision = .max / 2
            status.resolution = .init(width: 1920, height: 1080)
            try await client.put("/status/hall", Value(status.json), lease: lease.id)
            func display() async throws -> String {
                try await server.send(.GET, "/api/v1/displays/hall", session).2
            }
            try await eventually("the display being online at its own resolution") {
                let text = try await display()
                return text.contains(#""liveness":"online""#) && text.contains(#""showingName":"dune.jpg""#)
                    && text.contains(#""width":1920"#)
            }
            _ = try await client.revokeLease(lease.id)
            try await eventually("the display being offline") {
                try await display().contains(#""liveness":"offline""#)
            }
            await client.close()
        }
    }

    @Test func `headers without end are refused`() async throws {
        try await RunningServer.withServer { server in
            let many = (0..<200).map { "X-\($0): y" }.joined(separator: "\r\n")
            for headers in ["X-Long: " + String(repeating: "x", count: 70_000), many] {
                let answer = try await RawConnection.exchange(
                    port: server.port, "GET /health HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\r\n")
                #expect(!answer.hasPrefix("HTTP/1.1 200"))
                #expect(try await server.send(.GET, "/health").0 == .ok)
            }
        }
    }
}
