extension EtcdError {
    /// What went wrong. A struct, not an enum, so that a new code breaks no one's switch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case compacted, futureRevision, historyChanged, unavailable, deadlineExceeded, cancelled, leaseNotFound
            case leaseExists, leaseTTLTooLarge, permissionDenied, unauthenticated, authenticationFailed
            case authNotEnabled, invalidArgument, keyNotFound, duplicateKey, tooManyOperations, requestTooLarge,
                responseTooLarge
            case noSpace, resourceExhausted, failedPrecondition, notFound, dataLoss, unimplemented, watchRefused
            case badConfiguration, badResponse, unknown
            case overflow, clientClosed, leaseLost, conflict
            case emptyKey, valueProvided, leaseProvided, invalidSortOption, invalidClientVersion
            case memberNotFound, memberExists, peerURLExists, memberURLsInvalid, notEnoughStartedMembers
            case notLearner, learnerNotReady, tooManyLearners, notSupportedForLearner, badLeaderTransferee
            case clusterIDMismatch, notCapable, notLeader, leaderChanged, noLeader, timedOut, serverStopped
            case unhealthyCluster, corruptCluster, invalidDowngradeTarget, downgradeVersionFormat
            case downgradeInProgress, noDowngradeInProgress, clusterVersionNotFound
            case rootUserMissing, rootRoleMissing, userExists, userNotFound, roleExists, roleNotFound
            case roleNameEmpty, permissionNotGiven, roleNotGranted, permissionNotGranted, invalidAuthManagement
            case corruptSnapshot, fileSystem
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
        /// Larger than ``EtcdClient/Configuration/maximumRequestBytes``, or than the server takes: 1.5 MiB by default.
        public static let requestTooLarge = Code(.requestTooLarge)
        /// The answer is larger than ``EtcdClient/Configuration/maximumResponseBytes``.
        public static let responseTooLarge = Code(.responseTooLarge)
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

        /// The reader of a watch fell too far behind; ``EtcdError/nextRevision`` is where to go on.
        public static let overflow = Code(.overflow)
        /// The client was closed.
        public static let clientClosed = Code(.clientClosed)
        /// A lease that something rests on was lost.
        public static let leaseLost = Code(.leaseLost)
        /// Others kept changing what a transaction was about.
        public static let conflict = Code(.conflict)

        /// The key is empty.
        public static let emptyKey = Code(.emptyKey)
        /// A put that keeps the value was given one.
        public static let valueProvided = Code(.valueProvided)
        /// A put that keeps the lease was given one.
        public static let leaseProvided = Code(.leaseProvided)
        /// The server does not know the order asked for.
        public static let invalidSortOption = Code(.invalidSortOption)
        /// The server does not understand the client's version header.
        public static let invalidClientVersion = Code(.invalidClientVersion)

        /// No member has this id.
        public static let memberNotFound = Code(.memberNotFound)
        /// A member of this id is there already.
        public static let memberExists = Code(.memberExists)
        /// A member of these peer URLs is there already.
        public static let peerURLExists = Code(.peerURLExists)
        /// The URLs given for a member cannot be used.
        public static let memberURLsInvalid = Code(.memberURLsInvalid)
        /// Too few members run for the cluster to be changed.
        public static let notEnoughStartedMembers = Code(.notEnoughStartedMembers)
        /// Only a learner can be promoted.
        public static let notLearner = Code(.notLearner)
        /// The learner has not caught up with the leader yet.
        public static let learnerNotReady = Code(.learnerNotReady)
        /// The cluster takes no more learners.
        public static let tooManyLearners = Code(.tooManyLearners)
        /// A learner does not serve this call.
        public static let notSupportedForLearner = Code(.notSupportedForLearner)
        /// The member named cannot become the leader.
        public static let badLeaderTransferee = Code(.badLeaderTransferee)
        /// The member belongs to another cluster.
        public static let clusterIDMismatch = Code(.clusterIDMismatch)
        /// The cluster's version does not have this call yet.
        public static let notCapable = Code(.notCapable)
        /// The member asked is not the leader.
        public static let notLeader = Code(.notLeader)
        /// The leader changed during the call.
        public static let leaderChanged = Code(.leaderChanged)
        /// The cluster has no leader now.
        public static let noLeader = Code(.noLeader)
        /// The cluster did not decide in time.
        public static let timedOut = Code(.timedOut)
        /// The member is stopping.
        public static let serverStopped = Code(.serverStopped)
        /// Too few members are healthy.
        public static let unhealthyCluster = Code(.unhealthyCluster)
        /// The members' data differ; writes are refused.
        public static let corruptCluster = Code(.corruptCluster)
        /// The cluster cannot be downgraded to this version.
        public static let invalidDowngradeTarget = Code(.invalidDowngradeTarget)
        /// The version to downgrade to is not spelled as one.
        public static let downgradeVersionFormat = Code(.downgradeVersionFormat)
        /// A downgrade is under way already.
        public static let downgradeInProgress = Code(.downgradeInProgress)
        /// There is no downgrade to cancel.
        public static let noDowngradeInProgress = Code(.noDowngradeInProgress)
        /// The cluster does not know its own version yet.
        public static let clusterVersionNotFound = Code(.clusterVersionNotFound)

        /// Authentication needs a user `root` before it can be enabled.
        public static let rootUserMissing = Code(.rootUserMissing)
        /// User `root` needs role `root` before authentication can be enabled.
        public static let rootRoleMissing = Code(.rootRoleMissing)
        /// A user of this name is there already.
        public static let userExists = Code(.userExists)
        /// No user has this name.
        public static let userNotFound = Code(.userNotFound)
        /// A role of this name is there already.
        public static let roleExists = Code(.roleExists)
        /// No role has this name.
        public static let roleNotFound = Code(.roleNotFound)
        /// The role's name is empty.
        public static let roleNameEmpty = Code(.roleNameEmpty)
        /// A grant without a permission.
        public static let permissionNotGiven = Code(.permissionNotGiven)
        /// The user does not have the role.
        public static let roleNotGranted = Code(.roleNotGranted)
        /// The role does not have the permission.
        public static let permissionNotGranted = Code(.permissionNotGranted)
        /// The user or role is needed as it is while authentication is enabled.
        public static let invalidAuthManagement = Code(.invalidAuthManagement)

        /// A snapshot does not match its checksum.
        public static let corruptSnapshot = Code(.corruptSnapshot)
        /// A file of this side cannot be written.
        public static let fileSystem = Code(.fileSystem)

        /// The code's name.
        public var description: String { self.kind.rawValue }
    }
}
