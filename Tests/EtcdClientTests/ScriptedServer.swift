import EtcdClient
import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import TestSupport

/// A server whose watch streams go as a test wants them to, for what genuine servers do only once in a blue moon.
final class ScriptedServer: GRPCService {
    /// What happens when a watch is asked for on a stream.
    typealias Scene = @Sendable (Etcdserverpb_WatchCreateRequest, GRPCServerStream) -> Void

    /// Every watch that was asked for, over all streams.
    let creates = Shared<[Etcdserverpb_WatchCreateRequest]>([])
    /// How often progress was asked for.
    let progressRequests = Shared(0)
    /// The newest stream.
    let stream = Shared<GRPCServerStream?>(nil)
    private let scenes: [Scene]
    private let answersProgress: @Sendable (GRPCServerStream) -> Void
    private let version: String
    private let revision: Int64
    private let opened = Shared(0)

    /// - Parameters:
    ///   - scenes: One for each stream; the last for all that follow.
    ///   - revision: What reads say the store is at.
    private init(
        _ scenes: [Scene], version: String, revision: Int64, progress: @escaping @Sendable (GRPCServerStream) -> Void
    ) {
        self.scenes = scenes
        self.version = version
        self.revision = revision
        self.answersProgress = progress
    }

    /// Lends one, and a client of it that does not wait long.
    static func with(
        _ scenes: [Scene], version: String = "3.5.9", revision: Int64 = 10,
        progress: @escaping @Sendable (GRPCServerStream) -> Void = { _ in },
        _ body: (ScriptedServer, EtcdClient) async throws -> Void
    ) async throws {
        let script = ScriptedServer(scenes, version: version, revision: revision, progress: progress)
        let server = GRPCServer(address: .init(host: "127.0.0.1", port: 0), services: [script], logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            try await withClient(
                EtcdClient.Endpoint(host: "127.0.0.1", port: try await server.listeningAddress.port),
                configure: {
                    $0.initialBackoff = .milliseconds(5)
                    $0.maximumBackoff = .milliseconds(20)
                    $0.watch = .init(silence: .milliseconds(100), answerTimeout: .milliseconds(50))
                },
                { try await body(script, $0) })
        }
    }

    func provides(service name: String) -> Bool { name.hasPrefix("etcdserverpb.") }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Watch/Watch":
            return .stream { stream in
                self.stream.set(stream)
                let number = self.opened.update { opened in
                    defer { opened += 1 }
                    return opened
                }
                return ScriptedStream(self, scene: self.scenes[min(number, self.scenes.count - 1)], stream: stream)
            }
        case "/etcdserverpb.KV/Range":
            return .unary { _, _, reply in
                var response = Etcdserverpb_RangeResponse()
                response.header = .at(self.revision)
                reply.succeed(response)
            }
        case "/etcdserverpb.Maintenance/Status":
            return .unary { _, _, reply in
                var response = Etcdserverpb_StatusResponse()
                response.header = .at(self.revision)
                response.version = self.version
                reply.succeed(response)
            }
        default:
            return nil
        }
    }

    private final class ScriptedStream: GRPCStreamHandler {
        private let server: ScriptedServer
        private let scene: Scene
        private let stream: GRPCServerStream

        init(_ server: ScriptedServer, scene: @escaping Scene, stream: GRPCServerStream) {
            self.server = server
            self.scene = scene
            self.stream = stream
        }

        func onMessage(_ message: ByteBuffer) {
            guard let request = try? GRPCMessageCoding.decode(Etcdserverpb_WatchRequest.self, from: message) else {
                return self.stream.finish(GRPCStatus(.internalError, "not a watch request"))
            }
            switch request.requestUnion {
            case .createRequest(let create):
                self.server.creates.update { $0.append(create) }
                self.scene(create, self.stream)
            case .progressRequest:
                self.server.progressRequests.update { $0 += 1 }
                self.server.answersProgress(self.stream)
            case .cancelRequest, nil:
                break
            }
        }

        func onClose() {}
    }
}

extension GRPCServerStream {
    /// The watch is accepted by a store at this revision.
    func sendCreated(at revision: Int64) {
        self.answer(revision) { $0.created = true }
    }

    /// One put.
    func sendEvent(_ key: String = "a", at revision: Int64, isFragment: Bool = false) {
        self.answer(revision) { response in
            var event = Mvccpb_Event()
            event.kv.key = Data(key.utf8)
            event.kv.modRevision = revision
            event.kv.createRevision = revision
            event.kv.version = 1
            response.events = [event]
            response.fragment = isFragment
        }
    }

    /// A report of progress for the whole stream.
    func sendProgress(to revision: Int64) {
        self.answer(revision) { $0.watchID = -1 }
    }

    /// The watch is ended by the server.
    func sendCanceled(reason: String = "", created: Bool = false) {
        self.answer(10) { response in
            response.created = created
            response.canceled = true
            response.cancelReason = reason
            if created { response.watchID = -1 }
        }
    }

    private func answer(_ revision: Int64, _ change: (inout Etcdserverpb_WatchResponse) -> Void) {
        var response = Etcdserverpb_WatchResponse()
        response.header = .at(revision)
        change(&response)
        _ = self.send(response)
    }
}

extension Etcdserverpb_ResponseHeader {
    fileprivate static func at(_ revision: Int64) -> Self {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = 7
        header.memberID = 7
        header.revision = revision
        return header
    }
}
