extension EtcdError {
    /// What went wrong. A struct, not an enum, so that a new code breaks no one's switch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case compacted, futureRevision, historyChanged, unavailable, deadlineExceeded, cancelled, leaseNotFound
            case leaseExists, leaseTTLTooLarge, permissionDenied, unauthenticated, authenticationFailed
            case authNotEnabled, invalidArgument, keyNotFound, duplicateKey, tooManyOperations, requestTooLarge
            case noSpace, resourceExhausted, failedPrecondition, notFound, dataLoss, unimplemented, watchRefused
            case badConfiguration, badResponse, unknown
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// The revision asked for, or needed to resume, is older than the oldest one still kept.
        public static let compacted = Code(.compacted)
        /// The revision asked for has not happened yet.
        public static let futureRevision = Code(.futureRevision)
        /// The store is another one than before, or was set back: its revisions do not continue the known ones.
        public static let historyChanged = Code(.historyChanged)
        /// No endpoint could be reached, or the connection broke.
        public static let unavailable = Code(.unavailable)
        /// No answer within the call's deadline.
        public static let deadlineExceeded = Code(.deadlineExceeded)
        /// The server ended the call.
        public static let cancelled = Code(.cancelled)
        /// The lease expired, was revoked, or never was.
        public static let leaseNotFound = Code(.leaseNotFound)
        /// A lease of this id exists already.
        public static let leaseExists = Code(.leaseExists)
        /// The TTL is above 9,000,000,000 seconds.
        public static let leaseTTLTooLarge = Code(.leaseTTLTooLarge)
        /// The user may not do this.
        public static let permissionDenied = Code(.permissionDenied)
        /// The token was not accepted, also after a new one was asked for.
        public static let unauthenticated = Code(.unauthenticated)
        /// Wrong user or password.
        public static let authenticationFailed = Code(.authenticationFailed)
        /// Credentials were given to a server that asks for none.
        public static let authNotEnabled = Code(.authNotEnabled)
        /// The request makes no sense to the server.
        public static let invalidArgument = Code(.invalidArgument)
        /// `ignoreValue` or `ignoreLease` on a key that does not exist.
        public static let keyNotFound = Code(.keyNotFound)
        /// One transaction puts a key twice.
        public static let duplicateKey = Code(.duplicateKey)
        /// More than 128 compares or operations.
        public static let tooManyOperations = Code(.tooManyOperations)
        /// Larger than the server takes, 1.5 MiB by default.
        public static let requestTooLarge = Code(.requestTooLarge)
        /// The store has reached its quota.
        public static let noSpace = Code(.noSpace)
        /// The server has too much to do.
        public static let resourceExhausted = Code(.resourceExhausted)
        /// The server is not in a state for this.
        public static let failedPrecondition = Code(.failedPrecondition)
        /// What was asked for does not exist.
        public static let notFound = Code(.notFound)
        /// The server found its data corrupt.
        public static let dataLoss = Code(.dataLoss)
        /// The server does not know the call.
        public static let unimplemented = Code(.unimplemented)
        /// The server refused the watch; the message has its reason.
        public static let watchRefused = Code(.watchRefused)
        /// The client was set up with something unusable: an endpoint, a certificate.
        public static let badConfiguration = Code(.badConfiguration)
        /// The server's answer cannot be read.
        public static let badResponse = Code(.badResponse)
        /// An error that this client has no code for; the message has the server's words.
        public static let unknown = Code(.unknown)

        /// The code's name.
        public var description: String { self.kind.rawValue }
    }
}
