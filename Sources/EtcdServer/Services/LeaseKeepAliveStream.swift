import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import NIOCore
import Synchronization

/// One stream of renewals: as many answers as requests, in their order.
final class LeaseKeepAliveStream: GRPCStreamHandler {
    private struct State: Sendable {
        var unansweredCount = 0
        var isHalfClosed = false
    }

    private let stream: GRPCServerStream
    private let context: ServiceContext
    private let state = Mutex(State())

    init(_ stream: GRPCServerStream, context: ServiceContext) {
        self.stream = stream
        self.context = context
    }

    func onMessage(_ message: ByteBuffer) {
        let id: LeaseID
        do {
            let request = try GRPCMessageCoding.decode(Etcdserverpb_LeaseKeepAliveRequest.self, from: message)
            id = LeaseID(request.id)
        } catch {
            return self.stream.finish(error)
        }
        self.state.withLock { $0.unansweredCount += 1 }
        self.context.store.submit(
            { [context, info = self.stream.info] store, now throws(StoreError) in
                if store.auth.isEnabled {
                    let user = try context.user(info, in: store.auth)
                    try store.auth.checkAnybody(user)
                    try store.authorizeWrite(ofLease: id, by: user)
                }
                return (store.renewLease(id, now: now), store.head)
            },
            completion: { self.answer(id, $0) })
    }

    func onHalfClose() {
        let isDone = self.state.withLock { state in
            state.isHalfClosed = true
            return state.unansweredCount == 0
        }
        if isDone { self.stream.finish(.ok) }
    }

    func onClose() {}

    /// A lease that is not there, or not any more, is answered with a time to live of 0; the stream goes on.
    private func answer(_ id: LeaseID, _ result: Result<(seconds: Int64?, head: Revision), StoreError>) {
        switch result {
        case .success(let renewed):
            var response = Etcdserverpb_LeaseKeepAliveResponse()
            response.header = self.context.header(renewed.head)
            response.id = id.number
            response.ttl = renewed.seconds ?? 0
            _ = self.stream.send(response, isControl: true)
        case .failure(let error):
            self.stream.finish(GRPCStatus(error))
        }
        let isDone = self.state.withLock { state in
            state.unansweredCount -= 1
            return state.isHalfClosed && state.unansweredCount == 0
        }
        if isDone { self.stream.finish(.ok) }
    }
}
