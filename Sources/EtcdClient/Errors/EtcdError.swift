/// Any failure of a call to etcd: what went wrong, why, and whether a write may have happened all the same.
///
/// ```swift
/// do { try await client.put("key", "value") }
/// catch let error as EtcdError where error.code == .unavailable { … }
/// ```
public struct EtcdError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let code: Code
    /// In words; for a server's refusal, the server's own.
    public let message: String
    /// For ``Code/compacted``: the oldest revision still kept.
    public let compactRevision: Revision?
    /// For ``Code/overflow``: the first revision that was not handed over. A watch from there misses nothing.
    public let nextRevision: Revision?
    /// What the server or the transport said, if it came to that.
    public let status: Status?
    /// How often the call was sent to a server; 0 if it never was.
    public let attempts: Int
    /// The server that was asked, if one was, such as `http://127.0.0.1:2379`.
    public let endpoint: String?
    /// Whether a write may have been done although no answer came. False for reads and for refusals.
    public let mayHaveHappened: Bool
    /// What lies beneath.
    public let cause: (any Error)?
    /// Where it was thrown.
    public let file: StaticString
    /// Where it was thrown.
    public let line: UInt

    package init(
        _ code: Code, _ message: String, compactRevision: Revision? = nil, nextRevision: Revision? = nil,
        endpoint: String? = nil, mayHaveHappened: Bool = false, status: Status? = nil, attempts: Int = 1,
        cause: (any Error)? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.compactRevision = compactRevision
        self.nextRevision = nextRevision
        self.status = status
        self.attempts = attempts
        self.endpoint = endpoint
        self.mayHaveHappened = mayHaveHappened
        self.cause = cause
        self.file = file
        self.line = line
    }

    /// The end of a call in gRPC's own terms.
    public struct Status: Hashable, Sendable {
        /// The number of the gRPC status code, such as 14 for `unavailable`.
        public let code: Int
        /// The name of the code.
        public let name: String
        /// The text that came with it.
        public let message: String

        package init(code: Int, name: String, message: String) {
            self.code = code
            self.name = name
            self.message = message
        }
    }

    /// Whether the same call may succeed a little later: no server could be reached, or the cluster was busy with itself.
    /// Before a write is tried again, see ``mayHaveHappened``.
    public var isTransient: Bool {
        switch self.code {
        case .unavailable, .deadlineExceeded, .leaderChanged, .noLeader, .timedOut, .serverStopped, .unhealthyCluster,
            .notLeader, .resourceExhausted:
            true
        default:
            self.status?.name == "unavailable"
        }
    }

    /// Whether the same request may do better later, without anybody changing anything.
    var mayPass: Bool { self.isTransient || [.cancelled, .noSpace].contains(self.code) }

    /// Code, message and endpoint on one line. Never a secret.
    public var description: String {
        let place = self.endpoint.map { " (\($0))" } ?? ""
        let doubt = self.mayHaveHappened ? "; the write may have happened" : ""
        return "\(self.code): \(self.message)\(place)\(doubt)"
    }
}
