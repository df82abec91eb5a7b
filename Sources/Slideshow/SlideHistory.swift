/// The photos shown, oldest first, with a place in them: "previous" steps back and "next" forward again, as in a
/// browser. Bounded.
struct SlideHistory: Codable, Hashable, Sendable {
    static let limit = 128

    private(set) var names: [String] = []
    /// The place of the photo now shown; -1 while nothing was.
    private var index = -1

    /// A photo chosen anew: it comes after everything, as the last one.
    mutating func append(_ name: String) {
        self.names.append(name)
        if self.names.count > Self.limit { self.names.removeFirst(self.names.count - Self.limit) }
        self.index = self.names.count - 1
    }

    /// Steps back to the nearest earlier photo that can be shown; nil, and no step, when there is none.
    mutating func back(where isEligible: (String) -> Bool) -> String? {
        guard self.index > 0,
            let found = self.names[..<self.index].lastIndex(where: isEligible)
        else { return nil }
        self.index = found
        return self.names[found]
    }

    /// Steps forward again after steps back; nil when already at the end.
    mutating func forward(where isEligible: (String) -> Bool) -> String? {
        guard self.index + 1 < self.names.count,
            let found = self.names[(self.index + 1)...].firstIndex(where: isEligible)
        else { return nil }
        self.index = found
        return self.names[found]
    }

    /// Forgets photos that left the playlist.
    mutating func keep(_ isListed: (String) -> Bool) {
        let shown = self.index >= 0 ? self.names[...self.index].filter(isListed) : []
        let ahead = self.index + 1 < self.names.count ? self.names[(self.index + 1)...].filter(isListed) : []
        self.names = shown + ahead
        self.index = shown.count - 1
    }

    /// The last `count` photos up to the one now shown.
    func recent(_ count: Int) -> Set<String> {
        guard self.index >= 0 else { return [] }
        return Set(self.names[...self.index].suffix(count))
    }
}
