import EtcdClient

/// Gathers puts and deletes into transactions, and has a few of them under way at a time.
///
/// A write whose answer was lost is written again: it says the same.
struct WriteBatches {
    /// What etcd allows in one transaction unless it is told otherwise.
    private static let maximumOperations = 128
    /// Well below the 1.5 MiB that a server takes.
    private static let maximumBytes = 512 << 10
    private static let maximumUnderWay = 4

    private let client: EtcdClient
    private let patience: Patience
    private var operations: [Transaction.Operation] = []
    private var bytes = 0
    private var gathered: [[Transaction.Operation]] = []
    private(set) var puts = 0
    private(set) var deletes = 0

    init(_ client: EtcdClient, patience: Patience) {
        self.client = client
        self.patience = patience
    }

    mutating func put(_ expected: ExpectedKey) async throws {
        try await self.add(.put(expected.key, expected.value, lease: expected.lease), bytes: expected.size)
        self.puts += 1
    }

    mutating func delete(_ key: Key) async throws {
        try await self.add(.delete(.key(key)), bytes: key.bytes.count)
        self.deletes += 1
    }

    /// Returns when everything is written.
    mutating func finish() async throws {
        self.gather()
        try await self.send()
    }

    private mutating func add(_ operation: Transaction.Operation, bytes: Int) async throws {
        if self.operations.count == Self.maximumOperations || self.bytes + bytes > Self.maximumBytes {
            self.gather()
            if self.gathered.count == Self.maximumUnderWay { try await self.send() }
        }
        self.operations.append(operation)
        self.bytes += bytes
    }

    private mutating func gather() {
        guard !self.operations.isEmpty else { return }
        self.gathered.append(self.operations)
        self.operations = []
        self.bytes = 0
    }

    private mutating func send() async throws {
        let (client, patience) = (self.client, self.patience)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for operations in self.gathered {
                group.addTask {
                    do {
                        _ = try await patience.keepTrying {
                            try await client.transaction(Transaction(success: operations))
                        }
                    } catch let error as EtcdError where error.code == .requestTooLarge {
                        throw Self.tooLarge(operations, error)
                    }
                }
            }
            try await group.waitForAll()
        }
        self.gathered = []
    }

    private static func tooLarge(_ operations: [Transaction.Operation], _ error: EtcdError) -> TransferError {
        let sizes: [(Key, Int)] = operations.compactMap { operation in
            guard case .put(let key, let value, _, _) = operation else { return nil }
            return (key, value.bytes.count)
        }
        let largest = sizes.max { $0.1 < $1.1 }
        let name = largest.map { "\($0.0.string.debugDescription) (\($0.1) bytes)" } ?? "a deletion"
        return TransferError(
            .tooLarge, "the target does not take \(name): \(error.message)",
            remedy: "Raise the target's limit (etcd: --max-request-bytes), or remove that key from the source.")
    }
}
