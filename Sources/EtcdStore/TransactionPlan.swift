/// A transaction whose conditions are decided: what to do, in order.
///
/// All conditions, nested ones too, are decided on the data as it was before the transaction's first write.
struct TransactionPlan: Sendable {
    indirect enum Step: Sendable {
        case range(RangeOperation)
        case put(PutOperation)
        case delete(DeleteOperation)
        case nested(TransactionPlan)
    }

    let succeeds: Bool
    let steps: [Step]

    init(_ transaction: Transaction, index: KeyIndex, revision: Revision) {
        self.succeeds = transaction.conditions.allSatisfy { $0.holds(in: index, at: revision) }
        let operations = self.succeeds ? transaction.success : transaction.failure
        self.steps = operations.compactMap { operation in
            switch operation {
            case .range(let range): .range(range)
            case .put(let put): .put(put)
            case .delete(let delete): .delete(delete)
            case .transaction(let nested): .nested(TransactionPlan(nested, index: index, revision: revision))
            case .missing: nil  // refused by the validation
            }
        }
    }
}
