/// The addresses that only this machine reaches.
enum Loopback {
    /// Whether `host` is `localhost`, `::1` or a whole 127.x.y.z; a name that merely begins so is not.
    static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
