import EtcdTransport
import NIOCore
import NIOHPACK
import NIOPosix
import TestSupport
import Testing

/// What a server makes of clients that are broken, or hostile: a proper status, and no harm to others.
@Suite(.timeLimit(.minutes(5)))
struct HostileInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var headers: [(String, String?)] = []
        var path = "/test.Echo/Unary"
        var chunks: [[UInt8]] = [[0, 0, 0, 0, 0]]
        var httpStatus = "200"
        let status: String
        var message: String?
    }

    static let cases: [Case] = [
        Case(testDescription: "an empty message", status: "0"),
        Case(testDescription: "a message in single bytes", chunks: [[0], [0], [0], [0], [0]], status: "0"),
        Case(
            testDescription: "compressed flag", chunks: [[1, 0, 0, 0, 1, 7]], status: "13",
            message: "grpc: compressed flag set with identity or empty encoding"),
        Case(
            testDescription: "unknown flag", chunks: [[9, 0, 0, 0, 0]], status: "13",
            message: "grpc: received unexpected payload format 9"),
        Case(testDescription: "half a prefix", chunks: [[0, 0, 0]], status: "13"),
        Case(testDescription: "half a message", chunks: [[0, 0, 0, 0, 9, 1]], status: "13"),
        Case(testDescription: "no message", chunks: [[]], status: "13"),
        Case(testDescription: "headers alone", chunks: [], status: "13"),
        Case(testDescription: "two messages", chunks: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], status: "13"),
        Case(testDescription: "bytes that are no protobuf", chunks: [[0, 0, 0, 0, 2, 0xff, 0xff]], status: "13"),
        Case(
            testDescription: "a length of 4 GiB", chunks: [[0, 0xff, 0xff, 0xff, 0xff]], status: "8",
            message: "grpc: received message larger than max (4294967295 vs. 2097152)"),
        Case(
            testDescription: "gzip", headers: [("grpc-encoding", "gzip")], status: "12",
            message: "grpc: Decompressor is not installed for grpc-encoding %22gzip%22"),
        Case(testDescription: "identity", headers: [("grpc-encoding", "identity")], status: "0"),
        Case(testDescription: "no content-type", headers: [("content-type", nil)], httpStatus: "415", status: "13"),
        Case(
            testDescription: "JSON", headers: [("content-type", "application/json")], httpStatus: "415", status: "13"),
        Case(testDescription: "gRPC+proto", headers: [("content-type", "application/grpc+proto")], status: "0"),
        Case(testDescription: "GET", headers: [(":method", "GET")], httpStatus: "405", status: "13"),
        Case(testDescription: "malformed time-out", headers: [("grpc-timeout", "soon")], status: "13"),
        Case(testDescription: "a time-out beyond all time", headers: [("grpc-timeout", "99999999H")], status: "0"),
        Case(
            testDescription: "no time at all", headers: [("grpc-timeout", "0n")], path: "/test.Echo/Hold", status: "4"),
        Case(
            testDescription: "an authority of Go's making", headers: [(":authority", "#initially=[127.0.0.1:1]")],
            status: "0"),
        Case(
            testDescription: "unfinished message on a stream", path: "/test.Echo/Stream", chunks: [[0, 0]], status: "13"
        ),
    ]

    @Test(arguments: cases)
    func everyOddityHasAStatus(_ oddity: Case) async throws {
        try await withServer(EchoService()) { _, port in
            try await RawClient.with(port) { client in
                let blocks = try await client.send(
                    RawClient.headers(oddity.headers, path: oddity.path), oddity.chunks)
                #expect(blocks.first?.first(name: ":status") == oddity.httpStatus)
                #expect(blocks.last?.first(name: "grpc-status") == oddity.status)
                if let message = oddity.message {
                    #expect(
                        blocks.last?.first(name: "grpc-message").map(GRPCStatus.percentDecode)
                            == GRPCStatus.percentDecode(message))
                }
                let after = try await client.send(RawClient.headers(), [[0, 0, 0, 0, 0]])
                #expect(after.last?.first(name: "grpc-status") == "0", "the connection was harmed")
            }
        }
    }

    @Test func aRefusedCallThatKeepsSendingIsReset() async throws {
        try await withServer(EchoService()) { _, port in
            try await RawClient.with(port) { client in
                let blocks = try await client.send(
                    RawClient.headers(path: "/test.Echo/Nothing"), [[0, 0, 0, 0, 0]], endStream: false)
                #expect(blocks.last?.first(name: "grpc-status") == "12")
            }
        }
    }

    @Test(arguments: [
        [UInt8]("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0xff, count: 10_000), [0x16, 0x03, 0x01],
        [UInt8]("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [UInt8](repeating: 0xff, count: 10_000), [],
    ])
    func bytesThatAreNotHTTP2EndTheConnection(bytes: [UInt8]) async throws {
        try await withServer(EchoService(), limits: { $0.handshakeTimeout = .milliseconds(300) }) { _, port in
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
            try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
            // The server closes: at once, or when the handshake takes too long.
            try await channel.closeFuture.get()
        }
    }

    /// Random frames after a proper beginning: the server may close, but must not crash, and must serve the next client.
    @Test(arguments: [UInt64](1...20))
    func randomFramesDoNoHarmToOthers(seed: UInt64) async throws {
        try await withServer(EchoService()) { _, port in
            var generator = SplitMix(seed: seed)
            var bytes = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            bytes.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
            for _ in 0..<50 {
                let length = Int.random(in: 0...40, using: &generator)
                bytes.writeBytes([0, 0, UInt8(length), UInt8.random(in: 0...11, using: &generator)])
                bytes.writeInteger(UInt8.random(in: 0...255, using: &generator))
                bytes.writeInteger(UInt32.random(in: 0...7, using: &generator))
                bytes.writeBytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
            }
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
            try? await channel.writeAndFlush(bytes)
            try? await channel.close(mode: .output)
            try await withConnection(port) { connection in
                let answer = try await connection.echo("Unary", "served, seed \(seed)")
                #expect(answer == "served, seed \(seed)")
            }
            try? await channel.close()
        }
    }
}

/// A small generator whose sequence is fixed by its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
