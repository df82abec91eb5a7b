/// Which photo follows which: the setting `order`.
package enum SlideOrder: String, Hashable, Codable, Sendable {
    /// Every photo once in an order that looks random, then anew in another one.
    case shuffle
    /// As the playlist lists them, round and round.
    case asListed = "as_listed"
    /// By date taken, newest first; photos without a date come last, as listed.
    case newestFirst = "newest_first"
}

/// When photos change.
package struct ChangeTiming: Hashable, Sendable {
    /// Shorter intervals are raised to this, so that no setting can make a screen flicker.
    package static let shortestInterval: Duration = .seconds(1)

    /// Time between changes; at least ``shortestInterval``.
    package var interval: Duration { didSet { self.interval = max(self.interval, Self.shortestInterval) } }
    package var base: IntervalBase
    /// How far an interval may differ from ``interval``, in percent of it; 0 to 90.
    package var variancePercent: Double {
        didSet { self.variancePercent = min(max(self.variancePercent, 0), 90) }
    }
    /// Draw each interval at random so that half of them are longer than ``interval``; then variance and base
    /// do not matter.
    package var usesHalfLife: Bool

    package init(
        interval: Duration = .seconds(60), base: IntervalBase = .lastChange, variancePercent: Double = 0,
        usesHalfLife: Bool = false
    ) {
        self.interval = max(interval, Self.shortestInterval)
        self.base = base
        self.variancePercent = min(max(variancePercent, 0), 90)
        self.usesHalfLife = usesHalfLife
    }
}

/// The part of a display's settings that decides what is shown when.
package struct SlideshowSettings: Hashable, Sendable {
    package var timing: ChangeTiming
    package var order: SlideOrder
    /// Displays with the same seed and playlist shuffle alike.
    package var seed: UInt64
    /// Whether portraits stand side by side, two at a time. Only a landscape screen has room for them.
    package var pairsPortraits: Bool
    /// Whether the wall clock alone decides when photos change and which one comes: see ``StepClock``. Of
    /// ``timing`` only the interval matters then.
    package var isInStep: Bool

    package init(
        timing: ChangeTiming = ChangeTiming(), order: SlideOrder = .shuffle, seed: UInt64 = 0,
        pairsPortraits: Bool = false, isInStep: Bool = false
    ) {
        self.timing = timing
        self.order = order
        self.seed = seed
        self.pairsPortraits = pairsPortraits
        self.isInStep = isInStep
    }
}
