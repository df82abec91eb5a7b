import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
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
                if lines.contains("event: \(name)"), let data = lines.last { return String(data.dropFirst(6)) }
            }
            guard let buffer = try await events.next() else {
                throw NotInTime(description: "the stream ended before \(name)")
            }
            rest += String(buffer: buffer)
        }
    }

    private func openEvents(
        _ server: RunningServer, _ session: HTTPHeaders, query: String = "", after place: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: server.base + "/api/v1/events" + query)
        request.headers = session
        if let place { request.headers.add(name: "last-event-id", value: place) }
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

    @Test func `a browser that slept hears what became of everything, and nothing else`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            var place = ""
            do {
                var events = try await self.openEvents(server, session).body.makeAsyncIterator()
                var text = ""
                while !text.contains("data: ") { text += (try await events.next()).map { String(buffer: $0) } ?? "" }
                place = text.split(separator: "\n").first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) } ?? ""
            }
            #expect(!place.isEmpty)
            for name in ["Holiday", "Winter", "Garden"] {
                _ = try await server.send(.POST, "/api/v1/albums", session, #"{"name":"\#(name)"}"#)
            }
            for query in ["", "?view=library"] {
                var events = try await self.openEvents(server, session, query: query, after: place).body
                    .makeAsyncIterator()
                var text = ""
                while !text.contains("event: albums") {
                    text += (try await events.next()).map { String(buffer: $0) } ?? ""
                }
                #expect(!text.contains("event: snapshot") && text.components(separatedBy: "event: albums").count == 2)
            }
            // Of another process, or nonsense: everything.
            for place in ["other-3", "nonsense"] {
                var events = try await self.openEvents(server, session, after: place).body.makeAsyncIterator()
                var rest = ""
                _ = try await self.next("snapshot", &events, &rest)
            }
        }
    }

    @Test func `behind a proxy, links, cookies and origins are those of the public address`() async throws {
        try await RunningServer.withServer(arguments: ["--public-url", "https://photos.example"]) { server in
            try await eventually("the link being printed") {
                server.process.output.contains("https://photos.example/setup?token=")
            }
            let session = try await server.signIn()
            #expect(session.first(name: "cookie")?.hasPrefix("__Host-vitrine-session=") == true)
            func create(_ name: String, origin: String) async throws -> HTTPResponseStatus {
                var headers = session
                headers.add(name: "origin", value: origin)
                headers.replaceOrAdd(name: "host", value: "photos.example")
                return try await server.send(.POST, "/api/v1/albums", headers, #"{"name":"\#(name)"}"#).0
            }
            #expect(try await create("One", origin: "https://photos.example") == .created)
            #expect(try await create("Two", origin: "http://photos.example") == .forbidden)
            #expect(try await create("Three", origin: "https://evil.example") == .forbidden)
            let page = try await server.send(.GET, "/displays", session)
            #expect(page.0 == .ok && !page.2.contains("127.0.0.1"))
            let events = try await self.openEvents(server, session)
            #expect(events.headers.first(name: "x-accel-buffering") == "no")
            #expect(events.headers.first(name: "cache-control")?.contains("no-transform") == true)
            #expect(events.headers.first(name: "strict-transport-security") != nil)
        }
    }

    @Test func `with a certificate of its own making, whoever trusts its authority is served`() async throws {
        try await RunningServer.withServer(makesCertificate: true) { server in
            var configuration = HTTPClient.Configuration()
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file("\(server.folder)/data/tls/ca.pem")
            configuration.tlsConfiguration = tls
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let response = try await client.get(url: server.base + "/health").get()
            try await client.shutdown()
            #expect(response.status == .ok)
            let session = try await server.signIn()
            #expect(session.first(name: "cookie")?.hasPrefix("__Host-vitrine-session=") == true)
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
