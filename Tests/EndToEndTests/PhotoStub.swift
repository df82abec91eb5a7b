import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// As much of a photo server as a display needs to be admitted and to fetch from: it has whatever photos a test makes up.
final class PhotoStub: Sendable {
    let port: Int
    let displays: LockedBox<[String]>
    let requests: LockedBox<Int>
    private let channel: any Channel

    /// - Parameters:
    ///   - etcd: What admitted displays are told to follow.
    ///   - content: The body for a path below `/api/v1/display/`; nil where there is none.
    static func with(
        etcd: String, content: @escaping @Sendable (String) -> [UInt8]?, _ body: (PhotoStub) async throws -> Void
    ) async throws {
        let displays = LockedBox<[String]>([])
        let requests = LockedBox<Int>(0)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Answering(etcd: etcd, content: content, displays: displays, requests: requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let stub = PhotoStub(channel, displays: displays, requests: requests)
        let result = await Result { try await body(stub) }
        try await channel.close()
        try result.get()
    }

    private init(_ channel: any Channel, displays: LockedBox<[String]>, requests: LockedBox<Int>) {
        self.channel = channel
        self.port = channel.localAddress?.port ?? 0
        self.displays = displays
        self.requests = requests
    }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let root = "/api/v1/display/"
    private let etcd: String
    private let content: @Sendable (String) -> [UInt8]?
    private let displays: LockedBox<[String]>
    private let requests: LockedBox<Int>
    private var path = ""
    private var body = ByteBuffer()

    init(
        etcd: String, content: @escaping @Sendable (String) -> [UInt8]?, displays: LockedBox<[String]>,
        requests: LockedBox<Int>
    ) {
        self.etcd = etcd
        self.content = content
        self.displays = displays
        self.requests = requests
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.path = head.uri
            self.body.clear()
        case .body(var part): self.body.writeBuffer(&part)
        case .end: self.answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        self.requests.value += 1
        let bytes = self.bytes()
        var headers = HTTPHeaders([("content-length", "\(bytes?.count ?? 0)")])
        headers.add(name: "content-type", value: "application/octet-stream")
        let status: HTTPResponseStatus = bytes == nil ? .notFound : .ok
        context.write(
            self.wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        if let bytes { context.write(self.wrapOutboundOut(.body(.byteBuffer(.init(bytes: bytes)))), promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func bytes() -> [UInt8]? {
        if self.path == "/health" {
            return Array(#"{"status":"ok","time_ms":\#(Date().timeIntervalSince1970 * 1000)}"#.utf8)
        }
        guard self.path.hasPrefix(Self.root) else { return nil }
        let resource = String(self.path.dropFirst(Self.root.count))
        guard resource.hasPrefix("registrations") else { return self.content(resource) }
        struct Registration: Decodable { let id: String }
        guard let registration = try? JSONDecoder().decode(Registration.self, from: Data(self.body.readableBytesView))
        else {
            return nil
        }
        self.displays.value.append(registration.id)
        return Array(
            """
            {"state":"approved","token":"a token","etcd":{"endpoints":["\(self.etcd)"]},\
            "display":{"id":"\(registration.id)","name":"Hall"}}
            """.utf8)
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
