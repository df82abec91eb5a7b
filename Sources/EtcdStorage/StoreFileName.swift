/// The names of a store's files: `snapshot-N` holds everything before `log-N`, `log-N` everything up to `log-N+1`.
enum StoreFileName {
    static let unfinishedSuffix = ".tmp"

    static func log(_ number: UInt64) -> String { "log-\(Self.padded(number))" }
    static func snapshot(_ number: UInt64) -> String { "snapshot-\(Self.padded(number))" }
    /// Where the unfinished end of a log is kept when recovery cuts it off.
    static func tornTail(_ number: UInt64) -> String { "torn-\(Self.log(number))" }

    static func logNumber(_ name: String) -> UInt64? { Self.number(name, prefix: "log-") }
    static func snapshotNumber(_ name: String) -> UInt64? { Self.number(name, prefix: "snapshot-") }

    private static func number(_ name: String, prefix: String) -> UInt64? {
        guard name.hasPrefix(prefix) else { return nil }
        return UInt64(name.dropFirst(prefix.count))
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
}
