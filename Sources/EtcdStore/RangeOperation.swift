/// A read of one key or a range of keys: etcd's `RangeRequest`.
package struct RangeOperation: Sendable {
    package enum Order: Sendable { case none, ascending, descending }
    package enum Target: Sendable { case key, version, createRevision, modRevision, value }

    package var range: KeyRange
    /// At most so many keys; 0 or less means all.
    package var limit: Int64
    /// The revision to read at; 0 or less means the newest.
    package var revision: Revision
    package var order: Order
    package var target: Target
    package var isKeysOnly: Bool
    package var isCountOnly: Bool
    /// Bounds of the keys' revisions; 0 means none.
    package var minModRevision: Int64
    package var maxModRevision: Int64
    package var minCreateRevision: Int64
    package var maxCreateRevision: Int64

    package init(
        _ range: KeyRange, limit: Int64 = 0, revision: Revision = Revision(0), order: Order = .none,
        target: Target = .key, isKeysOnly: Bool = false, isCountOnly: Bool = false, minModRevision: Int64 = 0,
        maxModRevision: Int64 = 0, minCreateRevision: Int64 = 0, maxCreateRevision: Int64 = 0
    ) {
        self.range = range
        self.limit = limit
        self.revision = revision
        self.order = order
        self.target = target
        self.isKeysOnly = isKeysOnly
        self.isCountOnly = isCountOnly
        self.minModRevision = minModRevision
        self.maxModRevision = maxModRevision
        self.minCreateRevision = minCreateRevision
        self.maxCreateRevision = maxCreateRevision
    }

    private var hasFilter: Bool {
        self.minModRevision != 0 || self.maxModRevision != 0 || self.minCreateRevision != 0
            || self.maxCreateRevision != 0
    }

    /// How many keys the scan itself may stop after.
    ///
    /// As in etcd, a target without an order is sorted only within what the limit let through.
    private var scanLimit: Int {
        guard self.limit > 0, self.order == .none, !self.hasFilter else { return .max }
        return self.limit == .max ? .max : Int(self.limit) + 1
    }

    /// Reads `index` as it was at `revision`.
    func run(on index: KeyIndex, at revision: Revision, headerRevision: Revision) -> RangeResult {
        var result = RangeResult(headerRevision: headerRevision, isKeysOnly: self.isKeysOnly)
        let scanLimit = self.isCountOnly ? 0 : self.scanLimit
        index.scan(self.range, at: revision) { version in
            if result.versions.count < scanLimit { result.versions.append(version) }
            result.count += 1
            return true
        }
        guard !self.isCountOnly else { return result }
        if self.hasFilter { result.versions.removeAll { !self.accepts($0) } }
        self.sort(&result.versions)
        if self.limit > 0, result.versions.count > self.limit {
            result.versions.removeLast(result.versions.count - Int(self.limit))
            result.hasMore = true
        }
        return result
    }

    private func accepts(_ version: KeyVersion) -> Bool {
        let mod = version.modRevision.number
        let create = version.createRevision.number
        return (self.minModRevision == 0 || mod >= self.minModRevision)
            && (self.maxModRevision == 0 || mod <= self.maxModRevision)
            && (self.minCreateRevision == 0 || create >= self.minCreateRevision)
            && (self.maxCreateRevision == 0 || create <= self.maxCreateRevision)
    }

    private func sort(_ versions: inout [KeyVersion]) {
        guard self.order == .descending || self.target != .key else { return }  // scans are in key order
        let isDescending = self.order == .descending
        versions.sort { left, right in
            let order = Self.compare(left, right, by: self.target)
            if order == 0 { return left.key < right.key }
            return isDescending ? order > 0 : order < 0
        }
    }

    private static func compare(_ left: KeyVersion, _ right: KeyVersion, by target: Target) -> Int {
        switch target {
        case .key: left.key.compare(right.key)
        case .value: left.value.compare(right.value)
        case .version: Self.order(left.version, right.version)
        case .createRevision: Self.order(left.createRevision.number, right.createRevision.number)
        case .modRevision: Self.order(left.modRevision.number, right.modRevision.number)
        }
    }

    private static func order(_ left: Int64, _ right: Int64) -> Int { left < right ? -1 : (left == right ? 0 : 1) }
}

/// What a read found.
package struct RangeResult: Sendable {
    package var versions: [KeyVersion] = []
    /// How many keys the range has, whatever the limit and the filters left out.
    package var count = 0
    package var hasMore = false
    package var headerRevision: Revision
    /// Whether the values are to be left out of the answer.
    package var isKeysOnly: Bool

    init(headerRevision: Revision, isKeysOnly: Bool) {
        self.headerRevision = headerRevision
        self.isKeysOnly = isKeysOnly
    }
}
