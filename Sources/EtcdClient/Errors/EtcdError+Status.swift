import EtcdTransport

extension EtcdError.Code {
    /// etcd's errors are known by their text: several share a gRPC status.
    static let byMessage: [String: EtcdError.Code] = [
        "etcdserver: mvcc: required revision has been compacted": .compacted,
        "etcdserver: mvcc: required revision is a future revision": .futureRevision,
        "etcdserver: mvcc: database space exceeded": .noSpace,
        "etcdserver: key is not provided": .emptyKey,
        "etcdserver: key not found": .keyNotFound,
        "etcdserver: value is provided": .valueProvided,
        "etcdserver: lease is provided": .leaseProvided,
        "etcdserver: duplicate key given in txn request": .duplicateKey,
        "etcdserver: too many operations in txn request": .tooManyOperations,
        "etcdserver: request is too large": .requestTooLarge,
        "etcdserver: invalid sort option": .invalidSortOption,
        "etcdserver: invalid client api version": .invalidClientVersion,
        "etcdserver: too many requests": .resourceExhausted,
        "etcdserver: request canceled": .cancelled,
        "etcdserver: watch canceled": .cancelled,
        "etcdserver: context deadline exceeded": .deadlineExceeded,

        "etcdserver: requested lease not found": .leaseNotFound,
        "etcdserver: lease already exists": .leaseExists,
        "etcdserver: too large lease TTL": .leaseTTLTooLarge,

        "etcdserver: permission denied": .permissionDenied,
        // What Defragment says before 3.5.2.
        "auth: permission denied": .permissionDenied,
        "etcdserver: invalid auth token": .unauthenticated,
        "etcdserver: revision of auth store is old": .unauthenticated,
        // The same, as it leaks from 3.5.1 when users change while a call is under way.
        "auth: revision in header is old": .unauthenticated,
        "etcdserver: user name is empty": .unauthenticated,
        "etcdserver: authentication failed, invalid user ID or password": .authenticationFailed,
        "auth: authentication failed, password was given for no password user": .authenticationFailed,
        "etcdserver: authentication is not enabled": .authNotEnabled,
        "etcdserver: root user does not exist": .rootUserMissing,
        "etcdserver: root user does not have root role": .rootRoleMissing,
        "etcdserver: user name already exists": .userExists,
        "etcdserver: user name not found": .userNotFound,
        "etcdserver: role name already exists": .roleExists,
        "etcdserver: role name not found": .roleNotFound,
        "etcdserver: role name is empty": .roleNameEmpty,
        "etcdserver: permission not given": .permissionNotGiven,
        "etcdserver: role is not granted to the user": .roleNotGranted,
        "etcdserver: permission is not granted to the role": .permissionNotGranted,
        "etcdserver: invalid auth management": .invalidAuthManagement,

        "etcdserver: member not found": .memberNotFound,
        "etcdserver: member ID already exist": .memberExists,
        "etcdserver: Peer URLs already exists": .peerURLExists,
        "etcdserver: given member URLs are invalid": .memberURLsInvalid,
        "etcdserver: re-configuration failed due to not enough started members": .notEnoughStartedMembers,
        "etcdserver: can only promote a learner member": .notLearner,
        "etcdserver: can only promote a learner member which is in sync with leader": .learnerNotReady,
        "etcdserver: too many learner members in cluster": .tooManyLearners,
        "etcdserver: rpc not supported for learner": .notSupportedForLearner,
        "etcdserver: bad leader transferee": .badLeaderTransferee,
        "etcdserver: cluster ID mismatch": .clusterIDMismatch,
        "etcdserver: not capable": .notCapable,
        "etcdserver: not leader": .notLeader,
        "etcdserver: leader changed": .leaderChanged,
        "etcdserver: no leader": .noLeader,
        "etcdserver: request timed out": .timedOut,
        "etcdserver: request timed out, possibly due to connection lost": .timedOut,
        "etcdserver: request timed out, possibly due to previous leader failure": .timedOut,
        "etcdserver: request timed out, waiting for the applied index took too long": .timedOut,
        "etcdserver: server stopped": .serverStopped,
        "etcdserver: unhealthy cluster": .unhealthyCluster,
        "etcdserver: corrupt cluster": .corruptCluster,
        "etcdserver: invalid downgrade target version": .invalidDowngradeTarget,
        "etcdserver: wrong downgrade target version format": .downgradeVersionFormat,
        "etcdserver: cluster has a downgrade job in progress": .downgradeInProgress,
        "etcdserver: no inflight downgrade job": .noDowngradeInProgress,
        "etcdserver: cluster version not found during downgrade": .clusterVersionNotFound,
    ]

    private static let byStatus: [GRPCStatus.Code: EtcdError.Code] = [
        .cancelled: .cancelled, .invalidArgument: .invalidArgument, .deadlineExceeded: .deadlineExceeded,
        .notFound: .notFound, .alreadyExists: .failedPrecondition, .permissionDenied: .permissionDenied,
        .resourceExhausted: .resourceExhausted, .failedPrecondition: .failedPrecondition,
        .aborted: .failedPrecondition, .outOfRange: .invalidArgument, .unimplemented: .unimplemented,
        .internalError: .badResponse, .unavailable: .unavailable, .dataLoss: .dataLoss,
        .unauthenticated: .unauthenticated,
    ]

    init(_ status: GRPCStatus) {
        if let code = Self.byMessage[status.message] {
            self = code
        } else if status.code == .resourceExhausted, status.message.hasPrefix("grpc: received message larger than max")
        {
            self = .requestTooLarge
        } else {
            self = Self.byStatus[status.code] ?? .unknown
        }
    }

    /// Finds an error inside a longer text, as a refused watch quotes it.
    init?(quotedIn text: String) {
        // Without the prefix, which some servers leave out. The longest, as some texts begin others.
        let found = Self.byMessage.filter { text.contains($0.key.dropPrefix("etcdserver: ")) }
            .max { $0.key.utf8.count < $1.key.utf8.count }
        guard let found else { return nil }
        self = found.value
    }

    /// Whether a new token may help.
    var wantsNewToken: Bool { self == .unauthenticated }
}

extension EtcdError {
    /// - Parameters:
    ///   - isWrite: Whether the call would have changed something.
    ///   - attempts: How often it was sent, this time included.
    init(_ failure: GRPCCallFailure, endpoint: GRPCEndpoint, isWrite: Bool, attempts: Int = 1) {
        let isUncertain: Bool =
            switch failure.reach {
            case .notSent: false
            case .sent, .refusedHere: true
            // A server that gave up on a write does not know itself whether it will still be committed.
            case .answered: [.unavailable, .deadlineExceeded, .cancelled, .unknown].contains(failure.status.code)
            }
        let isTooLarge = failure.reach == .refusedHere && failure.status.code == .resourceExhausted
        self.init(
            isTooLarge ? .responseTooLarge : Code(failure.status),
            isTooLarge ? "\(failure.status.message); see Configuration.maximumResponseBytes" : failure.status.message,
            endpoint: "\(endpoint)",
            mayHaveHappened: isWrite && isUncertain, status: Status(failure.status), attempts: attempts, cause: failure)
    }

    /// A message that was not sent for its size.
    init(requestTooLarge status: GRPCStatus) {
        self.init(
            .requestTooLarge, "\(status.message); see Configuration.maximumRequestBytes", attempts: 0, cause: status)
    }

    init(_ failure: GRPCClient.Failure) {
        switch failure {
        case .closed:
            self.init(.clientClosed, "the client is closed", attempts: 0)
        case .unreachable(let endpoint, let text):
            self.init(
                .unavailable, "no connection: \(text)", endpoint: endpoint.map { "\($0)" }, attempts: 0, cause: failure)
        case .misconfigured(let text):
            self.init(.badConfiguration, text, attempts: 0, cause: failure)
        }
    }
}

extension EtcdError.Status {
    init(_ status: GRPCStatus) {
        self.init(code: status.code.rawValue, name: "\(status.code)", message: status.message)
    }
}

extension String {
    fileprivate func dropPrefix(_ prefix: String) -> Substring {
        self.hasPrefix(prefix) ? self.dropFirst(prefix.count) : Substring(self)
    }
}
