import EtcdTransport
import SwiftProtobuf

extension EtcdClient {
    /// The methods of the API that this client calls.
    struct Method {
        let path: String

        static let range = Method(path: "/etcdserverpb.KV/Range")
        static let put = Method(path: "/etcdserverpb.KV/Put")
        static let deleteRange = Method(path: "/etcdserverpb.KV/DeleteRange")
        static let txn = Method(path: "/etcdserverpb.KV/Txn")
        static let compact = Method(path: "/etcdserverpb.KV/Compact")
        static let leaseGrant = Method(path: "/etcdserverpb.Lease/LeaseGrant")
        static let leaseRevoke = Method(path: "/etcdserverpb.Lease/LeaseRevoke")
        static let leaseTimeToLive = Method(path: "/etcdserverpb.Lease/LeaseTimeToLive")
        static let leaseKeepAlive = Method(path: "/etcdserverpb.Lease/LeaseKeepAlive")
        static let watch = Method(path: "/etcdserverpb.Watch/Watch")
        static let authenticate = Method(path: "/etcdserverpb.Auth/Authenticate")
    }

    /// When a failed call may be tried again.
    enum Retry {
        /// A read: whenever the server is unavailable.
        case always
        /// A write: only if the request surely never left.
        case ifUnsent
    }

    func call<Response: Message>(
        _ method: Method, _ request: some Message, retry: Retry
    ) async throws -> Response {
        throw EtcdError(.unimplemented, method.path)
    }
}
