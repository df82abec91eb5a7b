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

    init(context: ServiceContext) { self.context = context }

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Maintenance/Status": self.status
        case "/etcdserverpb.Maintenance/Alarm": self.alarm
        case "/etcdserverpb.Maintenance/Defragment": self.defragment
        case "/etcdserverpb.Maintenance/Hash": self.hash
        case "/etcdserverpb.Maintenance/HashKV": self.hashKV
        case "/etcdserverpb.Maintenance/MoveLeader": self.moveLeader
        default: nil
        }
    }

    private var status: GRPCMethod {
        self.context.unary(Etcdserverpb_StatusRequest.self) { [context] _, _, reply in
            let (revision, index, cost, quota) = context.store.withStore {
                ($0.committed, $0.appliedIndex, $0.cost, $0.quotaBytes)
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
            reply.succeed(response)
        }
    }

    /// There are no alarms, so there is none to list or to switch off; none can be raised by hand either.
    private var alarm: GRPCMethod {
        self.context.unary(Etcdserverpb_AlarmRequest.self) { [context] request, _, reply in
            if case .activate = request.action {
                throw GRPCStatus(.unimplemented, "alarms cannot be raised by hand")
            }
            var response = Etcdserverpb_AlarmResponse()
            response.header = context.header(context.store.withStore { $0.committed })
            reply.succeed(response)
        }
    }

    /// Rewrites the log, so that the disk holds no more than what is still readable.
    private var defragment: GRPCMethod {
        self.context.unary(Etcdserverpb_DefragmentRequest.self) { [context] _, _, reply in
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
        self.context.unary(Etcdserverpb_HashRequest.self) { [self] _, _, reply in
            self.hashHistory(through: Revision(0), reply) { [context] hash, committed in
                var response = Etcdserverpb_HashResponse()
                response.header = context.header(committed)
                response.hash = hash.checksum()
                return response
            }
        }
    }

    private var hashKV: GRPCMethod {
        self.context.unary(Etcdserverpb_HashKVRequest.self) { [self] request, _, reply in
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

    private var moveLeader: GRPCMethod {
        self.context.unary(Etcdserverpb_MoveLeaderRequest.self) { _, _, _ in
            throw GRPCStatus(.failedPrecondition, "etcdserver: bad leader transferee")
        }
    }
}
