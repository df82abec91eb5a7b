/// Which watchers a change of a key concerns.
///
/// Nearly all watches are of one key or of a prefix, and those are found by hashing: once for the key and once for
/// each length of prefix that is watched. Other ranges are in a tree, each distinct range once.
struct WatchInterest: Sendable {
    private var byKey: [Bytes: [WatcherID]] = [:]
    private var byPrefix: [Int: [Bytes: [WatcherID]]] = [:]
    private var byRange = KeyRangeTree<[WatcherID]>()

    var isEmpty: Bool { self.byKey.isEmpty && self.byPrefix.isEmpty && self.byRange.isEmpty }

    mutating func add(_ watcher: WatcherID, to range: KeyRange) {
        self.withWatchers(of: range) { watchers in
            watchers.insert(watcher, at: Self.lowerBound(watcher, in: watchers))
        }
    }

    mutating func remove(_ watcher: WatcherID, from range: KeyRange) {
        self.withWatchers(of: range) { watchers in
            let index = Self.lowerBound(watcher, in: watchers)
            if index < watchers.count, watchers[index] == watcher { watchers.remove(at: index) }
        }
    }

    /// Calls `body` with the watchers of each range that holds `key`.
    func forEachGroup(of key: Bytes, _ body: ([WatcherID]) -> Void) {
        if let watchers = self.byKey[key] { body(watchers) }
        for (length, prefixes) in self.byPrefix where length <= key.count {
            if let watchers = prefixes[key.prefix(length)] { body(watchers) }
        }
        self.byRange.forEach(holding: key, body)
    }

    private mutating func withWatchers(of range: KeyRange, _ body: (inout [WatcherID]) -> Void) {
        if case .single = range.extent {
            body(&self.byKey[range.start, default: []])
            if self.byKey[range.start]?.isEmpty == true { self.byKey[range.start] = nil }
        } else if let prefix = range.prefix {
            body(&self.byPrefix[prefix.count, default: [:]][prefix, default: []])
            if self.byPrefix[prefix.count]?[prefix]?.isEmpty == true { self.byPrefix[prefix.count]?[prefix] = nil }
            if self.byPrefix[prefix.count]?.isEmpty == true { self.byPrefix[prefix.count] = nil }
        } else {
            self.byRange.update(range, initial: [], body)
            if self.byRange[range]?.isEmpty == true { self.byRange.remove(range) }
        }
    }

    private static func lowerBound(_ watcher: WatcherID, in watchers: [WatcherID]) -> Int {
        var low = 0
        var high = watchers.count
        while low < high {
            let middle = (low + high) / 2
            if watchers[middle] < watcher { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
