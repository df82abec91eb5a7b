import EtcdClient

/// What becomes of keys that die with a lease.
package enum LeasePolicy: String, CaseIterable, Sendable {
    /// Their leases are granted anew in the target, with the same numbers and their full time. From then on it is for
    /// their owners to renew them there.
    case keep
    /// The keys are put without a lease, and stay until somebody deletes them.
    case drop
    /// The keys are left out.
    case omit
}

/// A key as the target shall have it.
struct ExpectedKey: Hashable, Sendable {
    let key: Key
    let value: Value
    let lease: LeaseID?

    var size: Int { self.key.bytes.count + self.value.bytes.count }

    func matches(_ actual: KeyValue) -> Bool {
        actual.key == self.key && actual.value == self.value && actual.lease == self.lease
    }
}

/// Turns what the source has into what the target shall have.
struct ExpectedKeys: Sendable {
    private var source: any KeyReader
    private let policy: LeasePolicy
    private var leases: [LeaseID: LeaseTerm] = [:]
    private var page: ArraySlice<KeyValue> = []
    /// Keys that the target shall not have.
    private(set) var leftOut = 0
    /// Keys whose leases the target shall have.
    private(set) var leased = 0

    init(_ source: any KeyReader, _ policy: LeasePolicy) {
        self.source = source
        self.policy = policy
    }

    /// The length of a lease that ``next()`` has given a key of.
    func term(of lease: LeaseID) -> Duration? { self.leases[lease]?.granted }

    mutating func next() async throws -> ExpectedKey? {
        while true {
            if let keyValue = self.page.popFirst() {
                if let expected = self.expected(keyValue) { return expected }
                continue
            }
            guard let next = try await self.source.next() else { return nil }
            self.leases.merge(next.leases) { $1 }
            self.page = next.keyValues[...]
        }
    }

    private mutating func expected(_ keyValue: KeyValue) -> ExpectedKey? {
        guard let lease = keyValue.lease else {
            return ExpectedKey(key: keyValue.key, value: keyValue.value, lease: nil)
        }
        // A lease that has ended has taken its keys with it, though they are still there at the revision being read.
        guard self.leases[lease]?.granted != nil, self.policy != .omit else {
            self.leftOut += 1
            return nil
        }
        guard self.policy == .keep else {
            return ExpectedKey(key: keyValue.key, value: keyValue.value, lease: nil)
        }
        self.leased += 1
        return ExpectedKey(key: keyValue.key, value: keyValue.value, lease: lease)
    }
}
