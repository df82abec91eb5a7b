import EtcdStore
import EtcdTransport
import NIOCore
import SwiftProtobuf
import Synchronization

/// A call with one request that may take long, and whose work ends when the client goes away.
final class WaitingCall<Request: Message>: GRPCStreamHandler {
    private struct State: Sendable {
        var request: Request?
        var task: Task<Void, Never>?
        var isClosed = false
    }

    private let stream: GRPCServerStream
    private let body: @Sendable (Request, GRPCServerStream) async throws -> Void
    private let state = Mutex(State())

    /// - Parameter body: Sends what there is to answer; the call ends when it returns or throws.
    init(
        _ stream: GRPCServerStream, _ body: @escaping @Sendable (Request, GRPCServerStream) async throws -> Void
    ) {
        self.stream = stream
        self.body = body
    }

    func onMessage(_ message: ByteBuffer) {
        do {
            let request = try GRPCMessageCoding.decode(Request.self, from: message)
            self.state.withLock { $0.request = request }
        } catch {
            self.stream.finish(error)
        }
    }

    func onHalfClose() {
        guard let request = self.state.withLock({ $0.request }) else {
            return self.stream.finish(GRPCStatus(.internalError, "the request ended before its message was complete"))
        }
        let task = Task { [stream, body] in
            do {
                try await body(request, stream)
                stream.finish(.ok)
            } catch {
                stream.finish(Self.status(of: error))
            }
        }
        let isClosed = self.state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    func onClose() {
        let task = self.state.withLock { state in
            state.isClosed = true
            return state.task
        }
        task?.cancel()
    }

    /// etcd makes these services of a client of its own, whose errors lose their code on the way.
    private static func status(of error: any Error) -> GRPCStatus {
        switch error {
        case let error as StoreError: GRPCStatus(.unknown, GRPCStatus(error).message)
        case let status as GRPCStatus: status
        case is CancellationError: GRPCStatus(.cancelled, "context canceled")
        default: GRPCStatus(.unknown, "\(error)")
        }
    }
}
