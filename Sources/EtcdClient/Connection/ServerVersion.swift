/// The version of etcd that a server says it is.
struct ServerVersion: Hashable, Comparable {
    let major: Int
    let minor: Int
    let patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `3.5.8`, and `3.6.0-rc.1` as what it is a candidate for.
    init?(_ text: String) {
        let numbers = text.prefix { $0 != "-" && $0 != "+" }.split(separator: ".").map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
            return nil
        }
        self.init(major, minor, patch)
    }

    /// Whether a report of progress for a whole stream comes only after all events that it covers (etcd issue 15220).
    var ordersProgressReports: Bool {
        (self.major, self.minor) == (3, 4) ? self.patch >= 25 : self >= ServerVersion(3, 5, 8)
    }

    static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
