import EtcdTransport

extension EtcdError.Code {
    /// etcd's errors are known by their text: several share a gRPC status.
    private static let byMessage: [String: EtcdError.Code] = [
        "etcdserver: mvcc: required revision has been compacted": .compacted,
        "etcdserver: mvcc: required revision is a future revision": .futureRevision,
        "etcdserver: requested lease not found": .leaseNotFound,
        "etcdserver: lease already exists": .leaseExists,
        "etcdserver: too large lease TTL": .leaseTTLTooLarge,
        "etcdserver: permission denied": .permissionDenied,
        "etcdserver: invalid auth token": .unauthenticated,
        "etcdserver: revision of auth store is old": .unauthenticated,
        "etcdserver: user name is empty": .unauthenticated,
        "etcdserver: authentication failed, invalid user ID or password": .authenticationFailed,
        "auth: authentication failed, password was given for no password user": .authenticationFailed,
        "etcdserver: authentication is not enabled": .authNotEnabled,
        "etcdserver: key not found": .keyNotFound,
        "etcdserver: duplicate key given in txn request": .duplicateKey,
        "etcdserver: too many operations in txn request": .tooManyOperations,
        "etcdserver: request is too large": .requestTooLarge,
        "etcdserver: mvcc: database space exceeded": .noSpace,
        "etcdserver: too many requests": .resourceExhausted,
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
        // Without the prefix, which some servers leave out.
        guard let found = Self.byMessage.first(where: { text.contains($0.key.dropPrefix("etcdserver: ")) }) else {
            return nil
        }
        self = found.value
    }

    /// Whether a new token may help.
    var wantsNewToken: Bool { self == .unauthenticated }
}

extension EtcdError {
    /// - Parameter isWrite: Whether the call would have changed something.
    init(_ failure: GRPCCallFailure, endpoint: GRPCEndpoint, isWrite: Bool) {
        let isUncertain: Bool =
            switch failure.reach {
            case .notSent: false
            case .sent: true
            // A server that gave up on a write does not know itself whether it will still be committed.
            case .answered: [.unavailable, .deadlineExceeded, .cancelled, .unknown].contains(failure.status.code)
            }
        self.init(
            Code(failure.status), failure.status.message, endpoint: "\(endpoint)",
            mayHaveHappened: isWrite && isUncertain, cause: failure)
    }

    init(_ failure: GRPCClient.Failure) {
        switch failure {
        case .closed:
            self.init(.unavailable, "the client is closed")
        case .unreachable(let endpoint, let text):
            self.init(.unavailable, "no connection: \(text)", endpoint: endpoint.map { "\($0)" }, cause: failure)
        case .misconfigured(let text):
            self.init(.badConfiguration, text, cause: failure)
        }
    }
}

extension String {
    fileprivate func dropPrefix(_ prefix: String) -> Substring {
        self.hasPrefix(prefix) ? self.dropFirst(prefix.count) : Substring(self)
    }
}
