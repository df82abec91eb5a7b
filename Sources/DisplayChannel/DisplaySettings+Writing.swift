import Foundation

extension DisplaySettings {
    /// The members as they go into the mediator. The three adjustments are decimal strings, as the older system sends them.
    package var members: [String: JSONValue] {
        [
            "name": .string(self.name),
            "description": .string(self.description),
            "orientation": .string(self.orientation.rawValue),
            "interval_base": .string(self.intervalBase),
            "interval_time": .number(self.intervalTime),
            "interval_units": .string(self.intervalUnits.rawValue),
            "variance_pct": .number(self.variancePercent),
            "use_halflife": .bool(self.useHalflife),
            "brightness": Self.decimal(self.brightness),
            "contrast": Self.decimal(self.contrast),
            "saturation": Self.decimal(self.saturation),
            "log_level": .string(self.logLevel),
            "transition": .string(self.transition.rawValue),
            "transition_ms": .number(self.transitionMilliseconds),
            "fit": .string(self.fit.rawValue),
            "background": .string(self.background.rawValue),
            "order": .string(self.order.rawValue),
            "shuffle_seed": .number(Double(self.shuffleSeed)),
            "pair_portraits": .bool(self.pairsPortraits),
            "motion": .string(self.motion.rawValue),
            "group": .string(self.group),
            "group_clock": .bool(self.groupClock),
            "rotation": .number(Double(self.rotation)),
            "caption": .array(self.caption.map { .string($0.rawValue) }),
            "clock": .bool(self.showsClock),
            "time_zone": .string(self.timeZone),
            "language": .string(self.language),
            "sleep": .array(self.sleep.map(\.json)),
            "dim": .array(self.dim.map(\.json)),
        ]
    }

    /// Canonical JSON: equal settings are equal bytes, so a publisher can compare without decoding.
    package var json: [UInt8] { JSONValue.object(self.members).json }

    /// How long a photo stays, before variance.
    package var interval: Duration {
        let seconds: Double =
            switch self.intervalUnits {
            case .seconds: self.intervalTime
            case .minutes: self.intervalTime * 60
            case .hours: self.intervalTime * 3600
            case .days: self.intervalTime * 86_400
            }
        return .seconds(seconds)
    }

    package var transitionDuration: Duration { .milliseconds(Int64(self.transitionMilliseconds)) }

    /// An adjustment with three digits behind the point. By hand: a formatter costs more than all other settings.
    private static func decimal(_ value: Double) -> JSONValue {
        let range = Limits.adjustment
        let thousandths = Int(exactly: (min(max(value, range.lowerBound), range.upperBound) * 1_000).rounded()) ?? 1_000
        let digits = String(1_000 + thousandths % 1_000).dropFirst()
        return .string("\(thousandths / 1_000).\(digits)")
    }
}
