import Dispatch
import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import SwiftProtobuf

/// `etcdserverpb.Maintenance`: how the store is, and its upkeep.
struct MaintenanceService: GRPCService {
    static let name = "etcdserverpb.Maintenance"
    let context: ServiceContext
    /// Hashing reads every value, which is no work for an event loop.
    private let hashing = DispatchQueue(label: "store.hash")
    private let snapshots: SnapshotQueue

    init(context: ServiceContext) {
        self.context = context
        self.snapshots = SnapshotQueue(store: context.store)
    }

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Maintenance/Status": self.status
        case "/etcdserverpb.Maintenance/Alarm": self.alarm
        case "/etcdserverpb.Maintenance/Defragment": self.defragment
        case "/etcdserverpb.Maintenance/Hash": self.hash
        case "/etcdserverpb.Maintenance/HashKV": self.hashKV
        case "/etcdserverpb.Maintenance/Snapshot":
            .stream { [context, snapshots] in SnapshotStream($0, context: context, queue: snapshots) }
        case "/etcdserverpb.Maintenance/MoveLeader": self.moveLeader
        case "/etcdserverpb.Maintenance/Downgrade": self.downgrade
        default: nil
        }
    }

    private var status: GRPCMethod {
        self.context.unary(Etcdserverpb_StatusRequest.self) { [context] _, info, reply in
            try context.requireAnybody(info)
            let (revision, index, cost, quota, alarms) = context.store.withStore {
                ($0.committed, $0.appliedIndex, $0.cost, $0.quotaBytes, $0.alarms)
            }
            var response = Etcdserverpb_StatusResponse()
            response.dbSizeQuota = Int64(quota)
            response.header = context.header(revision)
            response.version = ServiceContext.version
            response.storageVersion = ServiceContext.storageVersion
            response.dbSize = Int64(context.store.diskByteCount)
            response.dbSizeInUse = Int64(min(cost, context.store.diskByteCount))
            response.leader = context.headers.identity.memberID
            response.raftIndex = index
            response.raftAppliedIndex = index
            response.raftTerm = ResponseHeaders.raftTerm
            response.downgradeInfo = Etcdserverpb_DowngradeInfo()
            // The words, with the blank at the end, are Go's for such a message.
            response.errors = alarms.map { "memberID:\($0.memberID) alarm:\($0.kind.wireName) " }
            reply.succeed(response)
        }
    }

    /// Alarms can be raised and ended by hand, for any member, as in etcd.
    private var alarm: GRPCMethod {
        self.context.write(
            Etcdserverpb_AlarmRequest.self,
            prepare: { [context] request, info in
                { store, _ throws(StoreError) in
                    if request.action == .get {
                        try context.requireAnybody(info, in: store.auth)
                    } else {
                        try context.requireRoot(info, in: store.auth)
                    }
                    return (store.head, Self.alarms(for: request, in: &store))
                }
            },
            answer: { [context] (found: (head: Revision, alarms: [StoreAlarm])) in
                var response = Etcdserverpb_AlarmResponse()
                response.header = context.header(found.head)
                response.alarms = found.alarms.map { alarm in
                    var member = Etcdserverpb_AlarmMember()
                    member.memberID = alarm.memberID
                    member.alarm = Etcdserverpb_AlarmType(rawValue: alarm.kind.rawValue) ?? .none
                    return member
                }
                return response
            })
    }

    private static func alarms(for request: Etcdserverpb_AlarmRequest, in store: inout Store) -> [StoreAlarm] {
        let kind = StoreAlarm.Kind(rawValue: request.alarm.rawValue)
        switch (request.action, kind) {
        case (.get, let kind?): return store.alarms.filter { $0.kind == kind }
        case (.get, nil): return request.alarm == .none ? store.alarms : []
        case (.activate, let kind?):
            let alarm = StoreAlarm(memberID: request.memberID, kind: kind)
            store.activate(alarm)
            return [alarm]
        case (.deactivate, let kind?):
            let alarm = StoreAlarm(memberID: request.memberID, kind: kind)
            return store.deactivate(alarm) ? [alarm] : []
        case (.activate, nil), (.deactivate, nil), (.UNRECOGNIZED, _): return []
        }
    }

    /// Rewrites the log, so that the disk holds no more than what is still readable.
    private var defragment: GRPCMethod {
        self.context.unary(Etcdserverpb_DefragmentRequest.self) { [context] _, info, reply in
            try context.requireRoot(info)
            context.store.rewriteNow { isDone in
                if isDone {
                    reply.succeed(Etcdserverpb_DefragmentResponse())
                } else {
                    reply.fail(GRPCStatus(.unknown, "the log could not be rewritten; the server's log says why"))
                }
            }
        }
    }

    private var hash: GRPCMethod {
        self.context.unary(Etcdserverpb_HashRequest.self) { [self] _, info, reply in
            try self.context.requireRoot(info)
            self.hashHistory(through: Revision(0), reply) { [context] hash, committed in
                var response = Etcdserverpb_HashResponse()
                response.header = context.header(committed)
                response.hash = hash.checksum()
                return response
            }
        }
    }

    private var hashKV: GRPCMethod {
        self.context.unary(Etcdserverpb_HashKVRequest.self) { [self] request, info, reply in
            try self.context.requireRoot(info)
            self.hashHistory(through: Revision(request.revision), reply) { [context] hash, committed in
                var response = Etcdserverpb_HashKVResponse()
                response.header = context.header(committed)
                response.hash = hash.checksum()
                response.compactRevision = hash.compacted.number
                response.hashRevision = hash.revision.number
                return response
            }
        }
    }

    /// One at a time, and captured only when its turn comes: many requests must not hold many captures.
    private func hashHistory(
        through revision: Revision, _ reply: GRPCReply,
        answer: @escaping @Sendable (HistoryHash, Revision) -> some Message
    ) {
        self.hashing.async {
            do throws(StoreError) {
                let (hash, committed) = try self.context.store.withStore { (store) throws(StoreError) in
                    (try store.historyHash(through: revision), store.committed)
                }
                reply.succeed(answer(hash, committed))
            } catch {
                reply.fail(GRPCStatus(error))
            }
        }
    }

    /// There is nobody to move to; to where the leader is already is no move.
    private var moveLeader: GRPCMethod {
        self.context.unary(Etcdserverpb_MoveLeaderRequest.self) { [context] request, info, reply in
            try context.requireRoot(info)
            guard request.targetID == context.headers.identity.memberID else {
                throw GRPCStatus(.failedPrecondition, "etcdserver: bad leader transferee")
            }
            reply.succeed(Etcdserverpb_MoveLeaderResponse())
        }
    }

    /// There is no older version of this store to go back to.
    private var downgrade: GRPCMethod {
        self.context.unary(Etcdserverpb_DowngradeRequest.self) { [context] request, info, reply in
            try context.requireRoot(info)
            switch request.action {
            case .cancel: throw GRPCStatus(.failedPrecondition, "etcdserver: no inflight downgrade job")
            case .validate, .enable:
                guard Self.isVersion(request.version) else {
                    throw GRPCStatus(.invalidArgument, "etcdserver: wrong downgrade target version format")
                }
                throw GRPCStatus(.invalidArgument, "etcdserver: invalid downgrade target version")
            case .UNRECOGNIZED: throw GRPCStatus(.unknown, "etcdserver: unknown method")
            }
        }
    }

    /// Two or three numbers with dots between them.
    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts.allSatisfy { UInt32($0) != nil }
    }
}

extension StoreAlarm.Kind {
    /// As the wire calls it.
    var wireName: String {
        switch self {
        case .noSpace: "NOSPACE"
        case .corrupt: "CORRUPT"
        }
    }
}
