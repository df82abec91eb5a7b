/// Compares, then one of two lists of operations: all in one revision, or nothing.
///
/// ```swift
/// var create = Transaction()
/// create.compares = [.version(of: "lock", .equal, 0)]
/// create.success = [.put("lock", "mine")]
/// let result = try await client.transaction(create)
/// ```
public struct Transaction: Hashable, Sendable {
    /// How a value is compared.
    public enum Relation: Sendable { case equal, notEqual, greater, less }

    /// One condition.
    public struct Compare: Hashable, Sendable {
        /// What is compared, and with what.
        public enum Operand: Hashable, Sendable {
            case version(Int64)
            case createRevision(Revision)
            case modRevision(Revision)
            case value(Value)
            /// Nil stands for "no lease".
            case lease(LeaseID?)
        }

        /// Must hold for every key in here; an absent single key compares as zero.
        public var range: KeyRange
        /// How.
        public var relation: Relation
        /// With what.
        public var operand: Operand

        /// A condition on every key of a range.
        public init(_ range: KeyRange, _ relation: Relation, _ operand: Operand) {
            self.range = range
            self.relation = relation
            self.operand = operand
        }

        /// A condition on how often a key was put; 0 means it does not exist.
        public static func version(of key: Key, _ relation: Relation, _ version: Int64) -> Compare {
            Compare(.key(key), relation, .version(version))
        }

        /// A condition on the revision that created a key; 0 means it does not exist.
        public static func createRevision(of key: Key, _ relation: Relation, _ revision: Revision) -> Compare {
            Compare(.key(key), relation, .createRevision(revision))
        }

        /// A condition on the revision that last changed a key; 0 means it does not exist.
        public static func modRevision(of key: Key, _ relation: Relation, _ revision: Revision) -> Compare {
            Compare(.key(key), relation, .modRevision(revision))
        }

        /// A condition on a key's value. Never holds for a key that does not exist.
        public static func value(of key: Key, _ relation: Relation, _ value: Value) -> Compare {
            Compare(.key(key), relation, .value(value))
        }
    }

    /// One thing to do.
    public indirect enum Operation: Hashable, Sendable {
        case range(KeyRange, RangeOptions)
        case put(Key, Value, lease: LeaseID?, PutOptions)
        case delete(KeyRange, previous: Bool)
        case transaction(Transaction)

        /// Puts a key.
        public static func put(_ key: Key, _ value: Value, lease: LeaseID? = nil) -> Operation {
            .put(key, value, lease: lease, PutOptions())
        }

        /// Deletes a range.
        public static func delete(_ range: KeyRange) -> Operation { .delete(range, previous: false) }

        /// Reads a range.
        public static func range(_ range: KeyRange) -> Operation { .range(range, RangeOptions()) }
    }

    /// All must hold for ``success``; none means it always runs. At most 128.
    public var compares: [Compare] = []
    /// At most 128.
    public var success: [Operation] = []
    /// Runs when a condition does not hold. At most 128.
    public var failure: [Operation] = []

    /// A transaction that does nothing.
    public init(compares: [Compare] = [], success: [Operation] = [], failure: [Operation] = []) {
        self.compares = compares
        self.success = success
        self.failure = failure
    }
}

/// What a transaction did.
public struct TransactionResult: Hashable, Sendable {
    /// The answer of one operation, in the order of the operations.
    public indirect enum Response: Hashable, Sendable {
        case range(RangeResult)
        case put(PutResult)
        case delete(DeleteResult)
        case transaction(TransactionResult)
    }

    /// Whether every condition held.
    public var succeeded: Bool
    /// The answers of the list that ran.
    public var responses: [Response]
    /// The store's revision afterwards.
    public var revision: Revision

    /// A result of these members.
    public init(succeeded: Bool, responses: [Response], revision: Revision) {
        self.succeeded = succeeded
        self.responses = responses
        self.revision = revision
    }
}
