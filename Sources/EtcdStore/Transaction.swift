/// If all conditions hold, do one list of operations, else the other: etcd's `TxnRequest`.
package struct Transaction: Sendable {
    package var conditions: [Comparison]
    package var success: [Operation]
    package var failure: [Operation]

    package init(if conditions: [Comparison] = [], then success: [Operation] = [], else failure: [Operation] = []) {
        self.conditions = conditions
        self.success = success
        self.failure = failure
    }

    package indirect enum Operation: Sendable {
        case range(RangeOperation)
        case put(PutOperation)
        case delete(DeleteOperation)
        case transaction(Transaction)
        /// An operation whose kind was left out on the wire.
        case missing
    }

    /// Whether no branch can write, so that the transaction is a read.
    package var isReadOnly: Bool {
        (self.success + self.failure).allSatisfy { operation in
            switch operation {
            case .range, .missing: true
            case .put, .delete: false
            case .transaction(let nested): nested.isReadOnly
            }
        }
    }
}

package struct TransactionResult: Sendable {
    package let headerRevision: Revision
    package let succeeded: Bool
    package let results: [OperationResult]

    package indirect enum OperationResult: Sendable {
        case range(RangeResult)
        case put(PutResult)
        case delete(DeleteResult)
        case transaction(TransactionResult)
    }
}
