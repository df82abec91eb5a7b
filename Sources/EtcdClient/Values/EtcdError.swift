/// Why a call or a watch failed: a code to act on, a message to show, and what is known about the circumstances.
public struct EtcdError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A struct, not an enum, so that a new code breaks nobody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) {
            self.name = name
        }

        public var description: String { self.name }

        // MARK: History

        /// The revision asked for is older than what the store keeps; see ``EtcdError/compactRevision``. Read the
        /// present state and watch from there.
        public static let compacted = Code("compacted")
        /// The revision asked for has not been written yet.
        public static let futureRevision = Code("futureRevision")
        /// The store has another history than the one watched so far: it was wiped, restored from a backup, or another
        /// cluster answers at this address. Forget all revisions, read the present state, and watch from there.
        public static let historyChanged = Code("historyChanged")

        // MARK: Reaching the server

        /// No endpoint could be reached, the connection was lost, or the cluster has no leader.
        public static let unavailable = Code("unavailable")
        /// No answer in time.
        public static let deadlineExceeded = Code("deadlineExceeded")
        /// The calling task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The client has been shut down.
        public static let clientClosed = Code("clientClosed")
        /// A certificate, key or authority file is missing or wrong.
        public static let invalidTLS = Code("invalidTLS")
        /// An endpoint could not be understood.
        public static let invalidEndpoint = Code("invalidEndpoint")

        // MARK: Permission

        /// Wrong user name or password, or a token the server does not take.
        public static let unauthenticated = Code("unauthenticated")
        /// The user may not do this.
        public static let permissionDenied = Code("permissionDenied")
        /// The server has no users; connect without user and password.
        public static let authNotEnabled = Code("authNotEnabled")

        // MARK: The request

        /// The lease expired, was revoked, or never was.
        public static let leaseNotFound = Code("leaseNotFound")
        /// There is already a lease of this name.
        public static let leaseExists = Code("leaseExists")
        /// The key does not exist, where one is needed.
        public static let keyNotFound = Code("keyNotFound")
        /// The request contradicts itself or lacks something; the message says what.
        public static let invalidArgument = Code("invalidArgument")
        /// A transaction puts a key twice.
        public static let duplicateKey = Code("duplicateKey")
        /// A transaction has too many parts.
        public static let tooManyOperations = Code("tooManyOperations")
        /// More bytes than the server, or this client, takes in one message.
        public static let requestTooLarge = Code("requestTooLarge")
        /// The state of the server does not allow this; the message says why.
        public static let failedPrecondition = Code("failedPrecondition")

        // MARK: The server

        /// The store has reached its quota. Compact, and tell the operator.
        public static let noSpace = Code("noSpace")
        /// The server is overloaded. Wait before trying again.
        public static let tooManyRequests = Code("tooManyRequests")
        /// The server found its data damaged.
        public static let dataLoss = Code("dataLoss")
        /// The server does not know this call.
        public static let unimplemented = Code("unimplemented")
        /// The server answered something that makes no sense.
        public static let protocolViolation = Code("protocolViolation")
        /// An error without a code of its own; the message is the server's.
        public static let other = Code("other")
    }

    public let code: Code
    /// What the server said, or what happened here. Never holds a password or a token.
    public let message: String
    /// The endpoint concerned, such as `http://127.0.0.1:2379`, if one was.
    public let endpoint: String?
    /// Whether the request may have been carried out. `false` means that it surely was not.
    public let mayHaveHappened: Bool
    /// With ``Code-swift.struct/compacted``: the oldest revision that can still be read, if the server told.
    public let compactRevision: Revision?
    public let cause: (any Error)?
    public let file: StaticString
    public let line: UInt

    package init(
        _ code: Code, _ message: String, endpoint: String? = nil, mayHaveHappened: Bool = false,
        compactRevision: Revision? = nil, cause: (any Error)? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.endpoint = endpoint
        self.mayHaveHappened = mayHaveHappened
        self.compactRevision = compactRevision
        self.cause = cause
        self.file = file
        self.line = line
    }

    public var description: String {
        var text = "\(self.code): \(self.message)"
        if let compactRevision = self.compactRevision { text += " (compacted at \(compactRevision))" }
        if let endpoint = self.endpoint { text += " [\(endpoint)]" }
        return text
    }
}
