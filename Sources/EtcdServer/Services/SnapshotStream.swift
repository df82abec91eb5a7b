import Crypto
import Dispatch
import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import Synchronization

/// Lets a few snapshots be made at once: each is a file as large as the store until its client has it.
final class SnapshotQueue: Sendable {
    private static let limit = 2

    let store: DurableStore
    let work = DispatchQueue(label: "store.snapshot-stream")
    private let count = Mutex(0)

    init(store: DurableStore) { self.store = store }

    func enter() -> Bool {
        self.count.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
    }

    func leave() { self.count.withLock { $0 -= 1 } }
}

/// `Maintenance/Snapshot`: all the store holds, in pieces, and their SHA-256 at the end.
///
/// The file is written first, so that the client's pace holds up nothing; then it is read as the client takes it.
final class SnapshotStream: GRPCStreamHandler {
    private static let pieceSize = 32 << 10

    private struct Piece {
        var response: Etcdserverpb_SnapshotResponse
        var isLast: Bool
    }

    private struct State {
        var isAsked = false
        var isClosed = false
        /// Whether a piece is being read now.
        var isBusy = false
        /// Whether to look again when that is done.
        var isCalledAgain = false
        var backup: StoreBackup?
        var offset = 0
        var hash = SHA256()
        /// Made, but not taken by the client yet.
        var held: Piece?
    }

    private let stream: GRPCServerStream
    private let context: ServiceContext
    private let queue: SnapshotQueue
    private let state = Mutex(State())

    init(_ stream: GRPCServerStream, context: ServiceContext, queue: SnapshotQueue) {
        self.stream = stream
        self.context = context
        self.queue = queue
    }

    func onMessage(_ message: ByteBuffer) {
        do {
            _ = try GRPCMessageCoding.decode(Etcdserverpb_SnapshotRequest.self, from: message)
            try self.context.requireRoot(self.stream.info)
        } catch {
            return self.stream.finish(ServiceContext.status(of: error))
        }
        let isFirst = self.state.withLock { state in
            defer { state.isAsked = true }
            return !state.isAsked
        }
        guard isFirst else { return }
        guard self.queue.enter() else { return self.stream.finish(GRPCStatus(StoreError.tooManyRequests)) }
        self.context.store.makeBackup { result in
            switch result {
            case .success(let backup): self.begin(backup)
            case .failure(let error):
                self.queue.leave()
                self.stream.finish(GRPCStatus(.unknown, "the snapshot could not be written: \(error)"))
            }
        }
    }

    func onWritable() { self.pump() }

    func onClose() {
        let backup = self.state.withLock { state in
            state.isClosed = true
            defer { state.backup = nil }
            return state.backup
        }
        if let backup { self.discard(backup) }
    }

    private func begin(_ backup: StoreBackup) {
        let isClosed = self.state.withLock { state in
            if !state.isClosed { state.backup = backup }
            return state.isClosed
        }
        if isClosed { self.discard(backup) } else { self.pump() }
    }

    private func discard(_ backup: StoreBackup) {
        self.queue.work.async { [queue] in
            backup.remove()
            queue.leave()
        }
    }

    /// Reads and sends until the client has no room.
    private func pump() {
        let isFirst = self.state.withLock { state in
            guard !state.isBusy else {
                state.isCalledAgain = true
                return false
            }
            state.isBusy = true
            return true
        }
        guard isFirst else { return }
        self.queue.work.async {
            while true {
                while self.sendNext() {}
                let isOver = self.state.withLock { state in
                    if state.isCalledAgain {
                        state.isCalledAgain = false
                        return false
                    }
                    state.isBusy = false
                    return true
                }
                if isOver { return }
            }
        }
    }

    /// Sends one piece; `false` when there is nothing to send, or no room.
    private func sendNext() -> Bool {
        do {
            guard let piece = try self.nextPiece() else { return false }
            switch self.stream.send(piece.response) {
            case .queued:
                self.state.withLock { $0.held = nil }
                if piece.isLast { self.stream.finish(.ok) }
                return !piece.isLast
            case .full, .closed: return false
            }
        } catch {
            self.stream.finish(GRPCStatus(.unknown, "the snapshot could not be read: \(error)"))
            return false
        }
    }

    private func nextPiece() throws -> Piece? {
        try self.state.withLock { state in
            if let held = state.held { return held }
            guard let backup = state.backup else { return nil }
            var response = Etcdserverpb_SnapshotResponse()
            response.version = ServiceContext.storageVersion
            let isLast = state.offset == backup.size
            if isLast {
                response.blob = Data(state.hash.finalize())
            } else {
                let piece = try backup.read(at: state.offset, count: Self.pieceSize)
                state.hash.update(data: piece)
                state.offset += piece.count
                response.blob = Data(piece)
                response.remainingBytes = UInt64(backup.size - state.offset)
            }
            let piece = Piece(response: response, isLast: isLast)
            state.held = piece
            return piece
        }
    }
}
