import Planning

/// When a display sleeps. Hours over midnight belong to the day they begin on.
package struct SleepHours: Hashable, Sendable {
    package var days: Set<Weekday>
    package var hours: DailySpan

    package init(days: Set<Weekday> = Set(Weekday.allCases), hours: DailySpan) {
        self.days = days
        self.hours = hours
    }

    /// Reads `{"days": ["mon"], "from": "22:00", "to": "07:00"}`; without days, every day.
    init?(_ value: JSONValue) {
        guard let object = value.object, let hours = DailySpan(object) else { return nil }
        var days = Set(Weekday.allCases)
        if let named = object["days"], named != .null {
            guard let names = named.array else { return nil }
            let known = names.compactMap { $0.text.flatMap { Weekday(rawValue: $0) } }
            guard known.count == names.count else { return nil }
            days = Set(known)
        }
        self.init(days: days, hours: hours)
    }

    var json: JSONValue {
        var object = self.hours.members
        object["days"] = .array(Weekday.allCases.filter(self.days.contains).map { .string($0.rawValue) })
        return .object(object)
    }
}

/// When a display is darker than by day.
package struct DimHours: Hashable, Sendable {
    package var hours: DailySpan
    /// 0, black, to 1, no darker.
    package var brightness: Double

    package init(hours: DailySpan, brightness: Double) {
        self.hours = hours
        self.brightness = brightness
    }

    /// Reads `{"from": "20:00", "to": "22:00", "brightness": 0.4}`.
    init?(_ value: JSONValue) {
        guard let object = value.object, let hours = DailySpan(object), let brightness = object["brightness"]?.double,
            (0...1).contains(brightness)
        else { return nil }
        self.init(hours: hours, brightness: brightness)
    }

    var json: JSONValue {
        var object = self.hours.members
        object["brightness"] = .number(self.brightness)
        return .object(object)
    }
}

extension DailySpan {
    fileprivate init?(_ object: [String: JSONValue]) {
        guard let from = object["from"]?.text.flatMap({ MinuteOfDay($0) }),
            let to = object["to"]?.text.flatMap({ MinuteOfDay($0) })
        else { return nil }
        self.init(from: from, to: to)
    }

    fileprivate var members: [String: JSONValue] {
        ["from": .string(self.from.description), "to": .string(self.to.description)]
    }
}
