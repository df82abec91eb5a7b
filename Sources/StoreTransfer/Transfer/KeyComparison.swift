import EtcdClient

/// Walks over two stores side by side, key by key in ascending order, and says where they differ.
struct KeyComparison: Sendable {
    /// What is found at one key.
    enum Finding: Sendable {
        case equal(ExpectedKey)
        /// The target does not have it.
        case missing(ExpectedKey)
        /// The target has it with another value or lease.
        case different(ExpectedKey, KeyValue)
        /// The target has it, the source not.
        case extra(KeyValue)
    }

    private(set) var source: ExpectedKeys
    private var target: any KeyReader
    private var page: ArraySlice<KeyValue> = []
    private var isTargetAtEnd = false
    private var pending: ExpectedKey?
    private var isSourceAtEnd = false

    init(source: ExpectedKeys, target: any KeyReader) {
        self.source = source
        self.target = target
    }

    mutating func next() async throws -> Finding? {
        if self.pending == nil, !self.isSourceAtEnd {
            self.pending = try await self.source.next()
            self.isSourceAtEnd = self.pending == nil
        }
        if self.page.isEmpty, !self.isTargetAtEnd {
            self.page = try await self.target.next()?.keyValues[...] ?? []
            self.isTargetAtEnd = self.page.isEmpty
        }
        switch (self.pending, self.page.first) {
        case (nil, nil):
            return nil
        case (let expected?, nil):
            self.pending = nil
            return .missing(expected)
        case (let expected?, let actual?) where expected.key < actual.key:
            self.pending = nil
            return .missing(expected)
        case (let expected?, let actual?) where expected.key == actual.key:
            self.pending = nil
            self.page.removeFirst()
            return expected.matches(actual) ? .equal(expected) : .different(expected, actual)
        case (_, let actual?):
            self.page.removeFirst()
            return .extra(actual)
        }
    }
}

/// How two stores differ: counts, and the first few keys as examples.
struct Differences: Sendable {
    private static let exampleCount = 5

    private(set) var equal = 0
    private(set) var missing = 0
    private(set) var different = 0
    private(set) var extra = 0
    private(set) var examples: [String] = []

    mutating func add(_ finding: KeyComparison.Finding, countsExtra: Bool = true) {
        switch finding {
        case .equal:
            self.equal += 1
        case .missing(let expected):
            self.missing += 1
            self.note(expected.key, "is missing")
        case .different(let expected, let actual):
            self.different += 1
            let isLeaseAlone = expected.value == actual.value
            self.note(expected.key, isLeaseAlone ? "has another lease" : "has another value")
        case .extra(let actual):
            guard countsExtra else { return }
            self.extra += 1
            self.note(actual.key, "is not in the source")
        }
    }

    /// Such as `2 keys with another value or lease, 1 key that is not in the source`.
    var summary: String {
        [
            (self.missing, "missing"), (self.different, "with another value or lease"),
            (self.extra, "not in the source"),
        ].filter { $0.0 > 0 }.map { "\($0.0.keys) \($0.1)" }.joined(separator: ", ")
    }

    private mutating func note(_ key: Key, _ what: String) {
        guard self.examples.count < Self.exampleCount else { return }
        self.examples.append("\(key.string.debugDescription) \(what)")
    }
}

extension BinaryInteger {
    /// `1 key`, `2 keys`.
    package var keys: String { self == 1 ? "1 key" : "\(self) keys" }
    /// `1 lease`, `2 leases`.
    package var leases: String { self == 1 ? "1 lease" : "\(self) leases" }
}
