/// A comparison of a transaction, by a name that a block of them can be written with: lines of a block that begin with a
/// dot would be one expression.
public typealias TransactionCondition = Transaction.Compare
/// An operation of a transaction, likewise.
public typealias TransactionStep = Transaction.Operation

/// Collects the parts of a transaction that is written as a block.
@resultBuilder
public enum TransactionListBuilder<Part> {
    /// One part.
    public static func buildExpression(_ part: Part) -> [Part] { [part] }
    /// Parts made elsewhere.
    public static func buildExpression(_ parts: [Part]) -> [Part] { parts }
    /// All of them in order.
    public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap { $0 } }
    /// `if` without `else`.
    public static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }
    /// `if`.
    public static func buildEither(first parts: [Part]) -> [Part] { parts }
    /// `else`.
    public static func buildEither(second parts: [Part]) -> [Part] { parts }
    /// `for`.
    public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap { $0 } }
}

extension Transaction {
    /// Collects comparisons.
    public typealias CompareBuilder = TransactionListBuilder<Compare>
    /// Collects operations.
    public typealias OperationBuilder = TransactionListBuilder<Operation>

    /// A transaction written as blocks: comparisons, what to do if all of them hold, and what else.
    ///
    /// ```swift
    /// let take = Transaction {
    ///     TransactionCondition.isMissing("lock")
    /// } then: {
    ///     TransactionStep.put("lock", "mine", lease: lease.id)
    ///     for key in stale { TransactionStep.delete(.key(key)) }
    /// } otherwise: {
    ///     TransactionStep.range(.key("lock"))
    /// }
    /// ```
    public init(
        @CompareBuilder when compares: () -> [Compare], @OperationBuilder then success: () -> [Operation],
        @OperationBuilder otherwise failure: () -> [Operation] = { [] }
    ) {
        self.init(compares: compares(), success: success(), failure: failure())
    }

    /// A transaction without comparisons, written as a block.
    public init(@OperationBuilder always operations: () -> [Operation]) {
        self.init(success: operations())
    }
}

extension Transaction.Compare {
    /// A condition on the lease of a key; `nil` stands for "no lease", also that of a key that does not exist.
    public static func lease(of key: Key, _ relation: Transaction.Relation, _ lease: LeaseID?) -> Transaction.Compare {
        Transaction.Compare(.key(key), relation, .lease(lease))
    }

    /// A condition on every key of a range; an empty range compares as a key that does not exist.
    public static func every(
        in range: KeyRange, _ relation: Transaction.Relation, _ operand: Operand
    ) -> Transaction.Compare {
        Transaction.Compare(range, relation, operand)
    }

    /// A key exists.
    public static func exists(_ key: Key) -> Transaction.Compare { .version(of: key, .greater, 0) }

    /// A key does not exist.
    public static func isMissing(_ key: Key) -> Transaction.Compare { .version(of: key, .equal, 0) }
}
