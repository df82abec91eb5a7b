/// Sets a key: etcd's `PutRequest`.
package struct PutOperation: Sendable {
    package var key: Bytes
    package var value: Bytes
    package var lease: LeaseID
    package var wantsPrevious: Bool
    package var keepsValue: Bool
    package var keepsLease: Bool

    package init(
        _ key: Bytes, _ value: Bytes, lease: LeaseID = .none, wantsPrevious: Bool = false, keepsValue: Bool = false,
        keepsLease: Bool = false
    ) {
        self.key = key
        self.value = value
        self.lease = lease
        self.wantsPrevious = wantsPrevious
        self.keepsValue = keepsValue
        self.keepsLease = keepsLease
    }

    /// The checks that need no look at the data.
    package func validate() throws(StoreError) {
        if self.key.isEmpty { throw .emptyKey }
        if self.keepsValue, !self.value.isEmpty { throw .valueProvided }
        if self.keepsLease, self.lease != .none { throw .leaseProvided }
    }
}

package struct PutResult: Sendable {
    package let headerRevision: Revision
    package let previous: KeyVersion?
}

/// Deletes a key or a range of keys: etcd's `DeleteRangeRequest`.
package struct DeleteOperation: Sendable {
    package var range: KeyRange
    package var wantsPrevious: Bool

    package init(_ range: KeyRange, wantsPrevious: Bool = false) {
        self.range = range
        self.wantsPrevious = wantsPrevious
    }
}

package struct DeleteResult: Sendable {
    package let headerRevision: Revision
    package let deletedCount: Int
    package let previous: [KeyVersion]
}
