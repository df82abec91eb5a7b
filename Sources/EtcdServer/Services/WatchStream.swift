import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import NIOCore
import Synchronization

/// One watch stream: takes from the store what the client has room for, and no more.
///
/// The store's queue and the history behind it are the buffer; a client that does not read costs a bounded amount.
final class WatchStream: GRPCStreamHandler {
    private struct State: Sendable {
        var isPumping = false
        /// Somebody called while the pump was running, so that it has to look again.
        var isCalledAgain = false
        /// Taken from the store, but not by the client yet.
        var held: ArraySlice<WatchResponse> = []
        var isClosed = false
    }

    /// How many responses are taken from the store at once.
    private static let batchSize = 128

    private let stream: GRPCServerStream
    private let id: WatchStreamID
    private let context: ServiceContext
    private let messages: WatchMessages
    private let whenClosed: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        _ stream: GRPCServerStream, id: WatchStreamID, context: ServiceContext, messages: WatchMessages,
        whenClosed: @escaping @Sendable () -> Void
    ) {
        self.stream = stream
        self.id = id
        self.context = context
        self.messages = messages
        self.whenClosed = whenClosed
    }

    func onMessage(_ message: ByteBuffer) {
        do {
            let request = try GRPCMessageCoding.decode(Etcdserverpb_WatchRequest.self, from: message)
            let isFlooded = self.context.store.withStore { store in
                switch request.requestUnion {
                case .createRequest(var create):
                    if self.context.guest != nil { create.filters.append(.nodelete) }
                    self.create(WatchRequest(create), in: &store)
                case .cancelRequest(let cancel): store.cancelWatch(cancel.watchID, on: self.id)
                case .progressRequest: store.requestWatchProgress(on: self.id)
                case nil: break  // etcd ignores it too
                }
                return store.isWatchStreamFlooded(self.id)
            }
            if isFlooded { return self.stream.finish(GRPCStatus(StoreError.tooManyRequests)) }
        } catch {
            return self.stream.finish(error)
        }
        self.pump()
    }

    private func create(_ request: WatchRequest, in store: inout Store) {
        // An impossible revision is refused before anybody asks who wants it.
        if store.committedAuth.isEnabled, request.startRevision.number >= 0 {
            do throws(StoreError) {
                let user = try self.context.user(self.stream.info, in: store.committedAuth)
                try store.committedAuth.checkRead(request.range, by: user)
            } catch {
                // As Go spells a status: clients look for the text inside.
                let status = GRPCStatus(error)
                let code = String(describing: status.code)
                let name = code.prefix(1).uppercased() + code.dropFirst()
                return store.refuseWatch("rpc error: code = \(name) desc = \(status.message)", on: self.id)
            }
        }
        store.createWatch(request, on: self.id)
    }

    /// A watch goes on when the client has no more requests: it has said all it wanted.
    func onHalfClose() {}

    func onWritable() { self.pump() }

    func onClose() {
        self.state.withLock { state in
            state.isClosed = true
            state.held = []
        }
        self.context.store.withStore { $0.closeWatchStream(self.id) }
        self.whenClosed()
    }

    /// Sends all that is due, as far as the client takes it. From any thread; one pumps at a time, in order.
    func pump() {
        let isFirst = self.state.withLock { state in
            if state.isPumping || state.isClosed {
                state.isCalledAgain = true
                return false
            }
            state.isPumping = true
            return true
        }
        guard isFirst else { return }
        while true {
            let progress = self.sendHeld() ? self.takeMore() : .full
            let isOver = self.state.withLock { state in
                if !state.isClosed, progress == .more { return false }
                if !state.isClosed, state.isCalledAgain {
                    state.isCalledAgain = false
                    return false
                }
                state.isPumping = false
                return true
            }
            if isOver { return }
        }
    }

    private enum Progress {
        case more
        /// The store has nothing for this stream; it says when it has.
        case dry
        /// The client has no room; the transport says when it has.
        case full
    }

    private func takeMore() -> Progress {
        let batch = self.context.store.withStore { $0.takeWatchResponses(self.id, limit: Self.batchSize) }
        self.state.withLock { state in
            if !state.isClosed { state.held = batch.responses[...] }
        }
        return batch.hasMore || !batch.responses.isEmpty ? .more : .dry
    }

    private func send(_ response: WatchResponse) -> GRPCServerStream.SendOutcome {
        do throws(GRPCStatus) {
            return self.stream.send(framed: try self.messages.framed(response))
        } catch {
            self.stream.finish(error)
            return .closed
        }
    }

    /// Sends what was taken; `false` if the client has no room for all of it. It is called again when it has.
    private func sendHeld() -> Bool {
        let held = self.state.withLock { $0.held }
        var sentCount = 0
        var hasRoom = true
        for response in held {
            switch self.send(response) {
            case .queued:
                sentCount += 1
                continue
            case .full: hasRoom = false
            case .closed:
                sentCount = held.count
            }
            break
        }
        self.state.withLock { state in
            if !state.isClosed { state.held = state.held.dropFirst(sentCount) }
        }
        return hasRoom
    }
}
