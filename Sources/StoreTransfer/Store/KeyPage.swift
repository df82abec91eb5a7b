import EtcdClient

/// Some keys that follow each other, with what is known of leases that were not on an earlier page.
struct KeyPage: Sendable {
    var keyValues: [KeyValue]
    var leases: [LeaseID: LeaseTerm] = [:]
}

/// How long a lease was granted for. `nil` if it had ended when it was asked for; then its keys are gone as well.
struct LeaseTerm: Hashable, Sendable {
    let granted: Duration?
}

/// Reads keys in ascending order, page by page.
protocol KeyReader: Sendable {
    /// The next page, never empty; `nil` after the last one.
    mutating func next() async throws -> KeyPage?
}

/// No keys.
struct NoKeys: KeyReader {
    mutating func next() -> KeyPage? { nil }
}
