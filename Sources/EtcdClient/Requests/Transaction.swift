/// Comparisons, and what to do if all of them hold or if one does not. The store does it all in one revision.
///
/// ```swift
/// let txn = Transaction(
///     if: [.modRevision(of: "/lock", .equal, Revision(0))],   // 0: the key does not exist
///     then: [.put("/lock", "mine")],
///     else: [.range(.key("/lock"))])
/// ```
public struct Transaction: Hashable, Sendable {
    public var comparisons: [Comparison]
    public var success: [Operation]
    public var failure: [Operation]

    public init(if comparisons: [Comparison] = [], then success: [Operation], else failure: [Operation] = []) {
        self.comparisons = comparisons
        self.success = success
        self.failure = failure
    }

    /// One condition on a key, or on every key of a range.
    public struct Comparison: Hashable, Sendable {
        public enum Relation: Hashable, Sendable, CaseIterable {
            case equal, notEqual, greater, less
        }

        package enum Operand: Hashable, Sendable {
            case version(Int64), createRevision(Revision), modRevision(Revision), value(Value), lease(LeaseID?)
        }

        package let range: KeyRange
        package let relation: Relation
        package let operand: Operand

        /// Compares how often the keys were put since they came into being; 0 for a key that does not exist.
        public static func version(of range: KeyRange, _ relation: Relation, _ version: Int64) -> Comparison {
            Comparison(range: range, relation: relation, operand: .version(version))
        }

        /// Compares when the keys came into being; revision 0 for a key that does not exist.
        public static func createRevision(of range: KeyRange, _ relation: Relation, _ other: Revision) -> Comparison {
            Comparison(range: range, relation: relation, operand: .createRevision(other))
        }

        /// Compares when the keys were last put; revision 0 for a key that does not exist.
        public static func modRevision(of range: KeyRange, _ relation: Relation, _ other: Revision) -> Comparison {
            Comparison(range: range, relation: relation, operand: .modRevision(other))
        }

        /// Compares values byte by byte. Never holds for a key that does not exist, whatever the relation.
        public static func value(of range: KeyRange, _ relation: Relation, _ value: Value) -> Comparison {
            Comparison(range: range, relation: relation, operand: .value(value))
        }

        /// Compares the lease the keys hang on; `nil` for none.
        public static func lease(of range: KeyRange, _ relation: Relation, _ lease: LeaseID?) -> Comparison {
            Comparison(range: range, relation: relation, operand: .lease(lease))
        }

        /// Compares one key's version; see the form with a range.
        public static func version(of key: Key, _ relation: Relation, _ version: Int64) -> Comparison {
            .version(of: .key(key), relation, version)
        }

        /// Compares one key's creation; see the form with a range.
        public static func createRevision(of key: Key, _ relation: Relation, _ other: Revision) -> Comparison {
            .createRevision(of: .key(key), relation, other)
        }

        /// Compares one key's last put; see the form with a range.
        public static func modRevision(of key: Key, _ relation: Relation, _ other: Revision) -> Comparison {
            .modRevision(of: .key(key), relation, other)
        }

        /// Compares one key's value; see the form with a range.
        public static func value(of key: Key, _ relation: Relation, _ value: Value) -> Comparison {
            .value(of: .key(key), relation, value)
        }

        /// Holds if the key exists.
        public static func exists(_ key: Key) -> Comparison { .version(of: key, .greater, 0) }

        /// Holds if the key does not exist.
        public static func isMissing(_ key: Key) -> Comparison { .version(of: key, .equal, 0) }
    }

    /// One step of a transaction. Later steps see what earlier ones wrote.
    public struct Operation: Hashable, Sendable {
        package indirect enum Kind: Hashable, Sendable {
            case put(Key, Value, lease: LeaseID?, PutOptions)
            case range(KeyRange, RangeOptions)
            case delete(KeyRange, returnsPrevious: Bool)
            case transaction(Transaction)
        }

        package let kind: Kind

        public static func put(
            _ key: Key, _ value: Value, lease: LeaseID? = nil, options: PutOptions = PutOptions()
        ) -> Operation {
            Operation(kind: .put(key, value, lease: lease, options))
        }

        public static func range(_ range: KeyRange, options: RangeOptions = RangeOptions()) -> Operation {
            Operation(kind: .range(range, options))
        }

        public static func delete(_ range: KeyRange, returnsPrevious: Bool = false) -> Operation {
            Operation(kind: .delete(range, returnsPrevious: returnsPrevious))
        }

        /// A transaction inside the transaction.
        public static func transaction(_ transaction: Transaction) -> Operation {
            Operation(kind: .transaction(transaction))
        }
    }
}

/// What a transaction did.
public struct TransactionResult: Hashable, Sendable {
    /// What one step did.
    public enum OperationResult: Hashable, Sendable {
        case put(PutResult)
        case range(RangeResult)
        case delete(DeleteResult)
        case transaction(TransactionResult)
    }

    /// Whether all comparisons held, so that the success steps were taken and not the failure steps.
    public let succeeded: Bool
    /// One result for each step taken, in order.
    public let results: [OperationResult]
    /// The revision the transaction made, or the current one if it changed nothing.
    public let revision: Revision
    public let clusterID: ClusterID
}
