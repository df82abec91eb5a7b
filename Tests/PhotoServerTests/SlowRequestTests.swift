import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOPosix
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// Slow requests (slowloris) on a server that listens.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SlowRequestTests {
    private static var limits: RequestPaceHandler.Limits {
        var limits = RequestPaceHandler.Limits()
        limits.head = .seconds(1)
        limits.bytesPerSecond = 256
        limits.lag = .seconds(3)
        return limits
    }

    private static let timeout = "HTTP/1.1 408 Request Timeout"

    private func withListeningServer(
        tls: Bool = false, _ body: @escaping @Sendable (TestServer, Int) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let server = try await TestServer(folder: folder) {
                $0.requestPace = Self.limits
                $0.makesCertificate = tls
            }
            defer { try? server.library.close() }
            try await server.application.http().test(.live) { client in
                try await body(server, try #require(client.port))
            }
        }
    }

    private func postHead(_ server: TestServer, _ byteCount: Int) async throws -> String {
        var lines = "POST /api/v1/photos?filename=slow.jpg HTTP/1.1\r\nHost: x\r\nContent-Length: \(byteCount)\r\n"
        for header in try await server.signIn() where header.name != .contentType {
            lines += "\(header.name): \(header.value)\r\n"
        }
        return lines + "Content-Type: image/jpeg\r\n\r\n"
    }

    /// The server's limits are a few seconds, those of an idle connection a minute.
    ///
    /// - Parameter answer: How the answer begins; nil where there is none.
    private func expectCut(_ port: Int, _ pieces: [ByteBuffer], answer expected: String?) async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        let answer = try await RawConnection.dribble(port: port, pieces, pause: .milliseconds(100))
        if let expected {
            #expect(answer.hasPrefix(expected) && answer.contains("request-incomplete"), "\(answer)")
            #expect(answer.contains("Connection: close"))
        } else {
            #expect(answer.isEmpty)
        }
        #expect(clock.now - begun < .seconds(30), "it was not cut off")
    }

    @Test func `a head that trickles in is cut off`() async throws {
        try await self.withListeningServer { _, port in
            let head = "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: " + String(repeating: "x", count: 400)
            try await self.expectCut(port, head.utf8.map { ByteBuffer(bytes: [$0]) }, answer: Self.timeout)
            let answer = try await RawConnection.exchange(port: port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `a body that trickles in is cut off`() async throws {
        try await self.withListeningServer { server, port in
            let head = ByteBuffer(string: try await self.postHead(server, 100_000))
            let drops = (0..<400).map { _ in ByteBuffer(string: "x") }
            try await self.expectCut(port, [head] + drops, answer: Self.timeout)
        }
    }

    @Test func `a body that stops in its middle is answered with 408, as is a head`() async throws {
        try await self.withListeningServer { server, port in
            let head = try await self.postHead(server, 100_000)
            let started = ContinuousClock.now
            for text in [head + "the beginning", String(head.prefix(60))] {
                let answer = try await RawConnection.halfClose(port: port, text)
                #expect(answer.hasPrefix(Self.timeout), "\(answer)")
                #expect(answer.components(separatedBy: "HTTP/1.1").count == 2, "one answer: \(answer)")
            }
            // Not only when they have become too slow.
            #expect(ContinuousClock.now - started < .seconds(2))
            #expect(try await server.library.photos(PhotoFilter(), limit: 10).photos.isEmpty)
        }
    }

    @Test func `a request whose sender says that nothing more comes is answered all the same`() async throws {
        try await self.withListeningServer { _, port in
            let answer = try await RawConnection.halfClose(port: port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        }
    }

    @Test func `a TLS handshake that does not come is cut off`() async throws {
        try await self.withListeningServer(tls: true) { _, port in
            try await self.expectCut(port, [ByteBuffer(bytes: [0x16, 0x03, 0x01])], answer: nil)
        }
    }

    @Test func `an honest slow upload goes through`() async throws {
        try await self.withListeningServer { server, port in
            let photo = try TestPhoto.bytes(folder: server.folder, seed: 3)
            // Twice as long as a body may fall behind.
            let size = max(1, photo.readableBytes / 60)
            #expect(size * 10 > Self.limits.bytesPerSecond, "the photo is too small for this test")
            var rest = photo
            var pieces = [ByteBuffer(string: try await self.postHead(server, photo.readableBytes))]
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
                pieces.append(piece)
            }
            let answer = try await RawConnection.dribble(port: port, pieces, pause: .milliseconds(100))
            #expect(answer.hasPrefix("HTTP/1.1 201"), "\(answer)")
        }
    }

    @Test func `an answer may take as long as it likes`() async throws {
        try await self.withListeningServer { server, port in
            let cookie = try await server.signIn()[.cookie] ?? ""
            let request = "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: \(cookie)\r\n\r\n"
            try await RawConnection.holds(port: port, request, for: .seconds(6))
        }
    }

    @Test func `while the server does not read, no sender is blamed`() throws {
        var limits = Self.limits
        limits.lag = .milliseconds(50)
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        let pace = RequestPaceHandler(limits: limits, isTLS: false)
        try pipeline.addHandler(pace)
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.writeInbound(ByteBuffer(string: "POST"))
        let context = try pipeline.context(handlerType: RequestPaceHandler.self)
        pace.received(.head(.init(method: .post, scheme: nil, authority: nil, path: "/")), context)
        Thread.sleep(forTimeInterval: 0.2)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(channel.isActive)
        channel.read()
        Thread.sleep(forTimeInterval: 0.2)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }
}
