import EtcdStore
import EtcdTransport

extension GRPCStatus {
    /// The code and the words of etcd for a refusal. Its clients recognise an error by the words.
    init(_ error: StoreError) {
        switch error {
        case .emptyKey: self.init(.invalidArgument, "etcdserver: key is not provided")
        case .valueProvided: self.init(.invalidArgument, "etcdserver: value is provided")
        case .leaseProvided: self.init(.invalidArgument, "etcdserver: lease is provided")
        case .keyNotFound: self.init(.invalidArgument, "etcdserver: key not found")
        case .duplicateKey: self.init(.invalidArgument, "etcdserver: duplicate key given in txn request")
        case .tooManyOperations: self.init(.invalidArgument, "etcdserver: too many operations in txn request")
        case .invalidSortOption: self.init(.invalidArgument, "etcdserver: invalid sort option")
        case .requestTooLarge: self.init(.invalidArgument, "etcdserver: request is too large")
        case .compacted: self.init(.outOfRange, "etcdserver: mvcc: required revision has been compacted")
        case .futureRevision: self.init(.outOfRange, "etcdserver: mvcc: required revision is a future revision")
        case .leaseTTLTooLarge: self.init(.outOfRange, "etcdserver: too large lease TTL")
        case .leaseNotFound: self.init(.notFound, "etcdserver: requested lease not found")
        case .leaseExists: self.init(.failedPrecondition, "etcdserver: lease already exists")
        case .noSpace: self.init(.resourceExhausted, "etcdserver: mvcc: database space exceeded")
        case .tooManyRequests: self.init(.resourceExhausted, "etcdserver: too many requests")
        case .corrupt: self.init(.dataLoss, "etcdserver: corrupt cluster")
        case .stopped: self.init(.unavailable, "etcdserver: server stopped")
        }
    }
}
