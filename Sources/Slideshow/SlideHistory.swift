/// What was shown, oldest first, with a place in it: "previous" steps back and "next" forward again, as in a browser.
/// Bounded.
struct SlideHistory: Codable, Hashable, Sendable {
    static let limit = 128

    struct Entry: Codable, Hashable, Sendable {
        var name: String
        var companion: String?
    }

    private(set) var entries: [Entry] = []
    /// The place of what is now shown; -1 while nothing was.
    private var index = -1

    /// Something chosen anew: it comes after everything, as the last one.
    mutating func append(_ name: String, with companion: String? = nil) {
        self.entries.append(Entry(name: name, companion: companion))
        if self.entries.count > Self.limit { self.entries.removeFirst(self.entries.count - Self.limit) }
        self.index = self.entries.count - 1
    }

    /// Puts another photo, or none, beside the one now shown.
    mutating func pair(with companion: String?) {
        if self.entries.indices.contains(self.index) { self.entries[self.index].companion = companion }
    }

    /// Steps back to the nearest earlier photo that can be shown; nil, and no step, when there is none.
    mutating func back(where isEligible: (String) -> Bool) -> Entry? {
        guard self.index > 0,
            let found = self.entries[..<self.index].lastIndex(where: { isEligible($0.name) })
        else { return nil }
        self.index = found
        return self.entries[found]
    }

    /// Steps forward again after steps back; nil when already at the end.
    mutating func forward(where isEligible: (String) -> Bool) -> Entry? {
        guard self.index + 1 < self.entries.count,
            let found = self.entries[(self.index + 1)...].firstIndex(where: { isEligible($0.name) })
        else { return nil }
        self.index = found
        return self.entries[found]
    }

    /// Forgets photos that left the playlist.
    mutating func keep(_ isListed: (String) -> Bool) {
        func kept(_ entries: some Sequence<Entry>) -> [Entry] {
            entries.compactMap { entry in
                guard isListed(entry.name) else { return nil }
                return Entry(name: entry.name, companion: entry.companion.flatMap { isListed($0) ? $0 : nil })
            }
        }
        let shown = self.index >= 0 ? kept(self.entries[...self.index]) : []
        let ahead = self.index + 1 < self.entries.count ? kept(self.entries[(self.index + 1)...]) : []
        self.entries = shown + ahead
        self.index = shown.count - 1
    }

    /// The photos of the last `count` entries up to the one now shown.
    func recent(_ count: Int) -> Set<String> {
        guard self.index >= 0 else { return [] }
        return Set(self.entries[...self.index].suffix(count).flatMap { [$0.name] + ($0.companion.map { [$0] } ?? []) })
    }
}
