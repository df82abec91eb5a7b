import EtcdStore
import EtcdTransport
import EtcdWire
import Foundation
import SwiftProtobuf

/// `etcdserverpb.Cluster`: a cluster of this server alone, which cannot be changed.
struct ClusterService: GRPCService {
    static let name = "etcdserverpb.Cluster"
    let context: ServiceContext

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Cluster/MemberList": self.memberList
        case "/etcdserverpb.Cluster/MemberAdd": self.memberAdd
        case "/etcdserverpb.Cluster/MemberRemove": self.refused(Etcdserverpb_MemberRemoveRequest.self) { $0.id }
        case "/etcdserverpb.Cluster/MemberUpdate": self.refused(Etcdserverpb_MemberUpdateRequest.self) { $0.id }
        case "/etcdserverpb.Cluster/MemberPromote": self.memberPromote
        default: nil
        }
    }

    private var memberList: GRPCMethod {
        self.context.unary(Etcdserverpb_MemberListRequest.self) { [context] _, info, reply in
            try context.requireAnybody(info)
            var member = Etcdserverpb_Member()
            member.id = context.headers.identity.memberID
            member.name = "vitrine"
            // The address by which the client got here is the one that works for it, whatever stands in between.
            if Self.isAddress(info.authority) {
                member.clientUrls = ["\(context.isTLS ? "https" : "http")://\(info.authority)"]
            }
            var response = Etcdserverpb_MemberListResponse()
            response.header = context.headers.headerWithoutRevision()
            response.members = [member]
            reply.succeed(response)
        }
    }

    private var memberPromote: GRPCMethod {
        self.context.unary(Etcdserverpb_MemberPromoteRequest.self) { [context] request, info, _ in
            try context.requireRoot(info)
            guard request.id == context.headers.identity.memberID else { throw Self.memberNotFound }
            throw GRPCStatus(.failedPrecondition, "etcdserver: can only promote a learner member")
        }
    }

    /// No other member can join: this is one store in one process.
    private var memberAdd: GRPCMethod {
        self.context.unary(Etcdserverpb_MemberAddRequest.self) { [context] request, info, _ in
            guard !request.peerUrls.isEmpty, request.peerUrls.allSatisfy(Self.isPeerURL) else {
                throw GRPCStatus(.invalidArgument, "etcdserver: given member URLs are invalid")
            }
            try context.requireRoot(info)
            throw request.isLearner
                ? GRPCStatus(.failedPrecondition, "etcdserver: too many learner members in cluster")
                : Self.notEnoughMembers
        }
    }

    /// `http` or `https`, a host with a port, and nothing behind it.
    private static func isPeerURL(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), ["http", "https", "unix", "unixs"].contains(url.scheme ?? "")
        else {
            return false
        }
        return url.host?.isEmpty == false && url.port != nil && url.path.isEmpty
    }

    /// What a single member answers to a change of itself, or of one that is not there.
    private func refused<Request: Message>(
        _ type: Request.Type, member: @escaping @Sendable (Request) -> UInt64
    ) -> GRPCMethod {
        self.context.unary(type) { [context] request, info, _ in
            try context.requireRoot(info)
            guard member(request) == context.headers.identity.memberID else { throw Self.memberNotFound }
            throw Self.notEnoughMembers
        }
    }

    private static let notEnoughMembers = GRPCStatus(
        .failedPrecondition, "etcdserver: re-configuration failed due to not enough started members")

    private static let memberNotFound = GRPCStatus(.notFound, "etcdserver: member not found")

    /// Some clients put other things than an address there.
    private static func isAddress(_ authority: String) -> Bool {
        let isPlain = authority.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isPlain && !authority.isEmpty
    }
}
