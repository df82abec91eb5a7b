/// Any failure of a call to etcd: what went wrong, why, and whether a write may have happened all the same.
///
/// ```swift
/// do { try await client.put("key", "value") }
/// catch let error as EtcdError where error.code == .unavailable { … }
/// ```
public struct EtcdError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let code: Code
    /// In words; for a server's refusal, the server's own.
    public let message: String
    /// For ``Code/compacted``: the oldest revision still kept.
    public let compactRevision: Revision?
    /// The server that was asked, if one was, such as `http://127.0.0.1:2379`.
    public let endpoint: String?
    /// Whether a write may have been done although no answer came. False for reads and for refusals.
    public let mayHaveHappened: Bool
    /// What lies beneath.
    public let cause: (any Error)?
    /// Where it was thrown.
    public let file: StaticString
    /// Where it was thrown.
    public let line: UInt

    package init(
        _ code: Code, _ message: String, compactRevision: Revision? = nil, endpoint: String? = nil,
        mayHaveHappened: Bool = false, cause: (any Error)? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.compactRevision = compactRevision
        self.endpoint = endpoint
        self.mayHaveHappened = mayHaveHappened
        self.cause = cause
        self.file = file
        self.line = line
    }

    /// Code, message and endpoint on one line. Never a secret.
    public var description: String {
        let place = self.endpoint.map { " (\($0))" } ?? ""
        let doubt = self.mayHaveHappened ? "; the write may have happened" : ""
        return "\(self.code): \(self.message)\(place)\(doubt)"
    }
}
