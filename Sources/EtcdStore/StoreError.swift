/// Why the store refuses a request. The gRPC face has one table that spells each as etcd does.
package enum StoreError: Error, Hashable, Sendable, CaseIterable {
    case emptyKey
    case valueProvided
    case leaseProvided
    case keyNotFound
    case duplicateKey
    case tooManyOperations
    case invalidSortOption
    case compacted
    case futureRevision
    case leaseNotFound
    case leaseExists
    case leaseTTLTooLarge
    case requestTooLarge
    case noSpace
    case tooManyRequests
    case corrupt
    case userNameEmpty
    case userExists
    case userNotFound
    case roleNameEmpty
    case roleExists
    case roleNotFound
    case roleNotGranted
    case permissionNotGiven
    case permissionNotGranted
    case permissionDenied
    case rootUserMissing
    case rootRoleMissing
    case invalidAuthManagement
    case invalidAuthToken
    case authNotEnabled
    case authenticationFailed
    case userHasNoPassword
    case stopped
}
