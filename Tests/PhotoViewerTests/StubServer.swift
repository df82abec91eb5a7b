import NIOCore
import NIOPosix
import PhotoViewer
import Synchronization

/// An HTTP server that answers one request a connection with prepared bytes, and remembers what it was asked.
final class StubServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let log: RequestLog

    /// Whole requests, as they came.
    var requests: [String] { self.log.requests.withLock { $0 } }

    static func with<Result>(
        answer: String, _ body: (StubServer, HTTPPhotoService) async throws -> Result
    ) async throws -> Result {
        let log = RequestLog()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer: answer, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = StubServer(channel, port: channel.localAddress?.port ?? 0, log: log)
        let service = try HTTPPhotoService(server: "http://127.0.0.1:\(server.port)/")
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(server, service))
        } catch {
            result = .failure(error)
        }
        await service.shutdown()
        try await channel.close()
        return try result.get()
    }

    private init(_ channel: any Channel, port: Int, log: RequestLog) {
        self.channel = channel
        self.port = port
        self.log = log
    }
}

private final class RequestLog: Sendable {
    let requests = Mutex<[String]>([])
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String
    private let log: RequestLog
    private var request = ""
    private var isAnswered = false

    init(answer: String, log: RequestLog) {
        self.answer = answer
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.request += String(buffer: self.unwrapInboundIn(data))
        guard !self.isAnswered, let end = self.request.firstRange(of: "\r\n\r\n") else { return }
        let head = self.request[..<end.lowerBound].lowercased()
        let length = head.split(separator: "content-length: ").dropFirst().first.flatMap {
            Int($0.prefix { $0.isNumber })
        }
        guard self.request[end.upperBound...].utf8.count >= length ?? 0 else { return }
        self.isAnswered = true
        self.log.requests.withLock { $0.append(self.request) }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: self.answer)), promise: nil)
        context.close(promise: nil)
    }
}
