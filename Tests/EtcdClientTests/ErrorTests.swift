import EtcdTransport
import Testing

@testable import EtcdClient

struct ErrorTests {
    /// Every text of etcd's table of errors, with the status it comes with.
    private static let texts: [(GRPCStatus.Code, [String])] = [
        (.cancelled, ["request canceled", "watch canceled"]),
        (
            .invalidArgument,
            [
                "authentication failed, invalid user ID or password", "duplicate key given in txn request",
                "given member URLs are invalid", "invalid auth management", "invalid client api version",
                "invalid downgrade target version", "invalid sort option", "key is not provided", "key not found",
                "lease is provided", "permission not given", "request is too large", "revision of auth store is old",
                "role name is empty", "too many operations in txn request", "user name is empty", "value is provided",
                "wrong downgrade target version format",
            ]
        ),
        (.deadlineExceeded, ["context deadline exceeded"]),
        (.notFound, ["member not found", "requested lease not found"]),
        (.permissionDenied, ["permission denied"]),
        (.resourceExhausted, ["mvcc: database space exceeded", "too many requests"]),
        (
            .failedPrecondition,
            [
                "Peer URLs already exists", "authentication is not enabled", "bad leader transferee",
                "can only promote a learner member",
                "can only promote a learner member which is in sync with leader", "cluster ID mismatch",
                "cluster has a downgrade job in progress", "cluster version not found during downgrade",
                "lease already exists", "member ID already exist", "no inflight downgrade job", "not capable",
                "not leader", "permission is not granted to the role",
                "re-configuration failed due to not enough started members", "role is not granted to the user",
                "role name already exists", "role name not found", "root user does not exist",
                "root user does not have root role", "rpc not supported for learner",
                "too many learner members in cluster", "user name already exists", "user name not found",
            ]
        ),
        (
            .outOfRange,
            [
                "mvcc: required revision has been compacted", "mvcc: required revision is a future revision",
                "too large lease TTL",
            ]
        ),
        (
            .unavailable,
            [
                "leader changed", "no leader", "request timed out",
                "request timed out, possibly due to connection lost",
                "request timed out, possibly due to previous leader failure",
                "request timed out, waiting for the applied index took too long", "server stopped",
                "unhealthy cluster",
            ]
        ),
        (.dataLoss, ["corrupt cluster"]),
        (.unauthenticated, ["invalid auth token"]),
    ]

    /// Those that share a code, because the remedy is the same.
    private static let shared: [EtcdError.Code: Int] = [.unauthenticated: 3, .timedOut: 4, .cancelled: 2]

    @Test func everyTextOfEtcdHasACodeOfItsOwn() {
        var counts: [EtcdError.Code: Int] = [:]
        for (status, texts) in Self.texts {
            for text in texts {
                let code = EtcdError.Code(GRPCStatus(status, "etcdserver: \(text)"))
                counts[code, default: 0] += 1
                // The same text in a watch's refusal.
                #expect(EtcdError.Code(quotedIn: "rpc error: code = X desc = etcdserver: \(text)") == code, "\(text)")
            }
        }
        for (code, count) in counts { #expect(count == Self.shared[code] ?? 1, "\(code)") }
        #expect(counts.values.reduce(0, +) == 63)
    }

    @Test func anErrorTellsStatusEndpointAndAttempts() {
        let endpoint = GRPCEndpoint(host: "::1", port: 2379, usesTLS: true)
        let failure = GRPCCallFailure(.unavailable, "etcdserver: leader changed", reach: .answered)
        let error = EtcdError(failure, endpoint: endpoint, isWrite: true, attempts: 3)
        #expect(error.code == .leaderChanged)
        #expect(error.status == EtcdError.Status(code: 14, name: "unavailable", message: "etcdserver: leader changed"))
        #expect(error.endpoint == "https://[::1]:2379")
        #expect(error.attempts == 3)
        #expect(error.mayHaveHappened)
        #expect(error.isTransient)
        let refusal = GRPCCallFailure(.invalidArgument, "etcdserver: key is not provided", reach: .answered)
        let refused = EtcdError(refusal, endpoint: endpoint, isWrite: true)
        #expect(!refused.mayHaveHappened)
        #expect(!refused.isTransient)
    }
}
