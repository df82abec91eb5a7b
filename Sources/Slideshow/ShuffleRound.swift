/// A shuffle that shows every photo once before any photo twice, needs a handful of numbers to survive a restart,
/// and lets photos come and go meanwhile.
///
/// In round `r` photos play in the order of `hash(seed, r, name)`, so the order needs no storage and a new photo has
/// a place in it. The cursor is the hash up to which everything has been shown; what was shown out of turn is in
/// `early` until the cursor passes it.
struct ShuffleRound: Codable, Hashable, Sendable {
    /// More new photos than this at once are not put first but start a new round, in which all get their turn.
    static let freshLimit = 256

    private(set) var seed: UInt64
    private(set) var number: UInt64
    private var cursor: UInt64?
    private var early: Set<String> = []
    /// New photos, which go before the rest: who uploads one wants to see it.
    private(set) var fresh: Set<String> = []

    init(seed: UInt64, number: UInt64 = 0) {
        self.seed = seed
        self.number = number
    }

    /// A photo's place in this round.
    func key(of name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ SeededGenerator.mix(self.seed ^ SeededGenerator.mix(self.number))
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SeededGenerator.mix(hash)
    }

    /// Begins the next round: all photos are to be shown again.
    mutating func startNext() {
        self.number &+= 1
        self.cursor = nil
        self.early = []
    }

    /// Shuffles in another way from now on.
    mutating func reseed(_ seed: UInt64) {
        guard seed != self.seed else { return }
        self.seed = seed
        self.cursor = nil
        self.early = []
    }

    /// Takes note of photos that joined the playlist, and forgets those that left.
    mutating func update(added: [String], listed: (String) -> Bool) {
        self.early = self.early.filter(listed)
        self.fresh = self.fresh.filter(listed)
        if self.fresh.count + added.count > Self.freshLimit {
            self.startNext()
            self.fresh = []
        } else {
            self.fresh.formUnion(added)
        }
    }

    /// No photo is newer than the others.
    mutating func forgetFresh() { self.fresh = [] }

    /// Notes that a photo was shown, whoever chose it, so that this round does not choose it again.
    mutating func markShown(_ name: String) {
        self.fresh.remove(name)
        guard self.cursor.map({ self.key(of: name) > $0 }) ?? true else { return }
        self.early.insert(name)
    }

    /// The playlist in the order of this round.
    func order(of names: some Sequence<String>) -> [RankedName] {
        names.map { RankedName(key: self.key(of: $0), name: $0) }.sorted()
    }

    /// Chooses the next photo; nil when this round has none left that `isEligible`.
    ///
    /// - Parameters:
    ///   - order: The playlist as ``order(of:)`` gives it for this round.
    ///   - isEligible: Whether a photo can be shown now. Those that cannot keep their turn.
    ///   - isRecent: Whether it was on the screen a moment ago; such photos wait until nothing else is left.
    func choose(
        from order: [RankedName], isEligible: (String) -> Bool, isRecent: (String) -> Bool
    ) -> String? {
        var fallback: String?
        for ranked in self.order(of: self.fresh) where isEligible(ranked.name) {
            guard isRecent(ranked.name) else { return ranked.name }
            fallback = fallback ?? ranked.name
        }
        for ranked in order[self.indexAhead(in: order)...]
        where !self.early.contains(ranked.name) && isEligible(ranked.name) {
            guard isRecent(ranked.name) else { return ranked.name }
            fallback = fallback ?? ranked.name
        }
        return fallback
    }

    /// Moves the cursor over everything that has had its turn, so that `early` stays small.
    mutating func advanceCursor(over order: [RankedName]) {
        var index = self.indexAhead(in: order)
        while index < order.count, self.early.remove(order[index].name) != nil {
            self.cursor = order[index].key
            index += 1
        }
    }

    /// Where the part of `order` begins that the cursor has not passed.
    private func indexAhead(in order: [RankedName]) -> Int {
        guard let cursor = self.cursor else { return 0 }
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle].key > cursor { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A photo with its place in a shuffle round.
struct RankedName: Comparable, Hashable, Sendable {
    let key: UInt64
    let name: String

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.key, lhs.name) < (rhs.key, rhs.name) }
}
