import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import Synchronization
import TestSupport

typealias Text = Grpc_Health_V1_HealthCheckRequest

extension Text {
    init(_ text: String) {
        self.init()
        self.service = text
    }
}

/// Methods that do what a test asks for.
final class EchoService: GRPCService {
    /// Streams that are open now; each is told of its end exactly once, or this goes wrong.
    let openStreams = Shared(0)
    let openedStreams = Shared(0)
    let heldReplies = Shared<[GRPCReply]>([])
    let metadata = Shared<[String: String]>([:])

    func provides(service name: String) -> Bool { name == "test.Echo" }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/test.Echo/Unary":
            return .unary { request, info, reply in
                self.metadata.update { $0["token"] = info.metadata("token") }
                do throws(GRPCStatus) {
                    reply.succeed(try GRPCMessageCoding.decode(Text.self, from: request))
                } catch {
                    reply.fail(error)
                }
            }
        case "/test.Echo/Fail":
            return .unary { _, _, reply in reply.fail(GRPCStatus(.outOfRange, "zu weit: 100 % – größer\n")) }
        case "/test.Echo/Drop":
            return .unary { _, _, _ in }
        case "/test.Echo/Hold":
            return .unary { _, _, reply in self.heldReplies.update { $0.append(reply) } }
        case "/test.Echo/Stream":
            return .stream { EchoStream(service: self, stream: $0) }
        case "/test.Echo/Flood":
            return .stream { FloodStream(service: self, stream: $0) }
        case "/test.Echo/Burst":
            return .stream { BurstStream(service: self, stream: $0) }
        default:
            return nil
        }
    }
}

class CountedStream: @unchecked Sendable {
    // Immutable but for what the subclass below guards by the stream's event loop.
    let service: EchoService
    let stream: GRPCServerStream

    init(service: EchoService, stream: GRPCServerStream) {
        self.service = service
        self.stream = stream
        service.openStreams.update { $0 += 1 }
        service.openedStreams.update { $0 += 1 }
    }

    func onClose() { self.service.openStreams.update { $0 -= 1 } }
}

/// Sends back what comes.
final class EchoStream: CountedStream, GRPCStreamHandler, @unchecked Sendable {
    func onMessage(_ message: ByteBuffer) {
        guard let text = try? GRPCMessageCoding.decode(Text.self, from: message) else { return }
        _ = self.stream.send(text)
    }

    func onHalfClose() { self.stream.finish(.ok) }
}

/// Sends as much as it may, for as long as it may.
final class FloodStream: CountedStream, GRPCStreamHandler, @unchecked Sendable {
    static let text = Text(String(repeating: "x", count: 10_000))
    // Guarded by the stream's event loop, on which all calls come.
    private(set) var sent = 0

    func onMessage(_ message: ByteBuffer) { self.flood() }

    func onWritable() { self.flood() }

    private func flood() {
        while self.sent < 5_000 {
            switch self.stream.send(Self.text) {
            case .queued: self.sent += 1
            case .full, .closed: return
            }
        }
        self.stream.finish(.ok)
    }
}

/// Sends as many messages of 10,000 bytes as it is told, and the end with the last, all at once.
final class BurstStream: CountedStream, GRPCStreamHandler, @unchecked Sendable {
    func onMessage(_ message: ByteBuffer) {
        guard let text = try? GRPCMessageCoding.decode(Text.self, from: message) else { return }
        for _ in 0..<(Int(text.service) ?? 0) { _ = self.stream.send(FloodStream.text) }
        self.stream.finish(.ok)
    }
}

extension Logger {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Lends a running server, by its port.
func withServer(
    _ service: any GRPCService, tls: TransportTLS? = nil, limits: (inout GRPCServer.Limits) -> Void = { _ in },
    _ body: (GRPCServer, Int) async throws -> Void
) async throws {
    var serverLimits = GRPCServer.Limits()
    limits(&serverLimits)
    let server = GRPCServer(
        address: .init(host: "127.0.0.1", port: 0), tls: tls, limits: serverLimits, services: [service], logger: .quiet)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        defer { group.cancelAll() }
        try await body(server, try await server.listeningAddress.port)
    }
}

/// Lends a connected client connection.
func withConnection(
    _ port: Int, _ body: (GRPCClientConnection) async throws -> Void
) async throws {
    let client = GRPCClient(
        .init(endpoints: [.init(host: "127.0.0.1", port: port, usesTLS: false)]), logger: .quiet)
    do {
        try await body(try await client.connection(deadline: .now() + .seconds(60)))
        await client.close()
    } catch {
        await client.close()
        throw error
    }
}

extension GRPCClientConnection {
    func echo(_ method: String, _ text: String, within timeout: TimeAmount = .seconds(60)) async throws -> String {
        let answer = try await self.unary(
            GRPCRequestHead(path: "/test.Echo/\(method)"), try GRPCMessageCoding.frame(Text(text)),
            deadline: .now() + timeout)
        return try GRPCMessageCoding.decode(Text.self, from: answer).service
    }
}
