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
        case .userNameEmpty: self.init(.invalidArgument, "etcdserver: user name is empty")
        case .userExists: self.init(.failedPrecondition, "etcdserver: user name already exists")
        case .userNotFound: self.init(.failedPrecondition, "etcdserver: user name not found")
        case .roleNameEmpty: self.init(.invalidArgument, "etcdserver: role name is empty")
        case .roleExists: self.init(.failedPrecondition, "etcdserver: role name already exists")
        case .roleNotFound: self.init(.failedPrecondition, "etcdserver: role name not found")
        case .roleNotGranted: self.init(.failedPrecondition, "etcdserver: role is not granted to the user")
        case .permissionNotGiven: self.init(.invalidArgument, "etcdserver: permission not given")
        case .permissionNotGranted:
            self.init(.failedPrecondition, "etcdserver: permission is not granted to the role")
        case .permissionDenied: self.init(.permissionDenied, "etcdserver: permission denied")
        case .rootUserMissing: self.init(.failedPrecondition, "etcdserver: root user does not exist")
        case .rootRoleMissing: self.init(.failedPrecondition, "etcdserver: root user does not have root role")
        case .invalidAuthManagement: self.init(.invalidArgument, "etcdserver: invalid auth management")
        case .invalidAuthToken: self.init(.unauthenticated, "etcdserver: invalid auth token")
        case .authNotEnabled: self.init(.failedPrecondition, "etcdserver: authentication is not enabled")
        case .authenticationFailed:
            self.init(.invalidArgument, "etcdserver: authentication failed, invalid user ID or password")
        case .userHasNoPassword:
            self.init(.unknown, "auth: authentication failed, password was given for no password user")
        case .stopped: self.init(.unavailable, "etcdserver: server stopped")
        }
    }
}
