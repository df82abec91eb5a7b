import EtcdStore
import EtcdTransport
import EtcdWire
import NIOCore
import Synchronization

/// Makes the messages of watches. The events of a change, which are most of a message, are encoded once for all watchers
/// that hear of it; what differs from watcher to watcher is a few bytes before them.
final class WatchMessages: Sendable {
    private struct Encoded {
        let events: WatchEvents
        let isFragment: Bool
        let bytes: [UInt8]
    }

    /// A stream is sent a few changes at a time; the next stream is likely to hear the same ones.
    private static let remembered = 16

    private let headers: ResponseHeaders
    private let recent = Mutex<[Encoded]>([])

    init(headers: ResponseHeaders) { self.headers = headers }

    /// A response as it goes out, with gRPC's five bytes before it.
    ///
    /// - Throws: `internalError` if it exceeds 2 GiB.
    func framed(_ response: WatchResponse) throws(GRPCStatus) -> ByteBuffer {
        guard case .events(let events, let isFragment) = response.content else {
            return try GRPCMessageCoding.frame(self.message(response))
        }
        // Fields of a message that stand one after the other are the message: protobuf's encoding has no brackets.
        let rest = try self.encoded(events, isFragment: isFragment)
        var header = ProtobufFields()
        header.add(field: 1, UInt64(self.headers.identity.clusterID))
        header.add(field: 2, UInt64(self.headers.identity.memberID))
        header.add(field: 3, UInt64(bitPattern: response.headerRevision.number))
        header.add(field: 4, ResponseHeaders.raftTerm)
        var fields = ProtobufFields()
        fields.add(field: 1, header.bytes)
        fields.add(field: 2, UInt64(bitPattern: response.watchID))
        return try GRPCMessageCoding.frame(fields.bytes, rest)
    }

    private func encoded(_ events: WatchEvents, isFragment: Bool) throws(GRPCStatus) -> [UInt8] {
        let known = self.recent.withLock { recent in
            recent.last { $0.events === events && $0.isFragment == isFragment }?.bytes
        }
        if let known { return known }
        var message = Etcdserverpb_WatchResponse()
        message.fragment = isFragment
        message.events = events.map { event in
            var wireEvent = Mvccpb_Event()
            wireEvent.type = event.change.isTombstone ? .delete : .put
            wireEvent.kv = Mvccpb_KeyValue(event.change)
            if let previous = event.previous { wireEvent.prevKv = Mvccpb_KeyValue(previous) }
            return wireEvent
        }
        let bytes = try GRPCMessageCoding.bytes(message)
        // A large one would be held for long for the sake of few.
        guard bytes.count <= 1 << 20 else { return bytes }
        self.recent.withLock { recent in
            if recent.count >= Self.remembered { recent.removeFirst() }
            recent.append(Encoded(events: events, isFragment: isFragment, bytes: bytes))
        }
        return bytes
    }

    private func message(_ response: WatchResponse) -> Etcdserverpb_WatchResponse {
        var message = Etcdserverpb_WatchResponse()
        message.header = self.headers.header(response.headerRevision)
        message.watchID = response.watchID
        switch response.content {
        case .created:
            message.created = true
        case .refused(let reason):
            message.created = true
            message.canceled = true
            message.cancelReason = reason
        case .canceled:
            message.canceled = true
        case .compacted(let revision):
            message.canceled = true
            message.compactRevision = revision.number
        case .progress, .events:
            break
        }
        return message
    }
}
