/// Which of several things holds when: rules over weekdays, hours and dates, and what holds when no rule does. Pure.
package struct Schedule<Choice: Hashable & Sendable>: Sendable {
    /// One line of a schedule.
    package struct Rule: Hashable, Sendable {
        package var choice: Choice
        package var weekdays: Set<Weekday>
        package var hours: DailySpan
        package var dates: DateSpan
        /// Where rules overlap, the highest wins; among equals the one listed last.
        package var priority: Int

        /// - Parameters:
        ///   - weekdays: Of the day on which the hours begin.
        ///   - dates: Likewise.
        package init(
            _ choice: Choice, weekdays: Set<Weekday> = Set(Weekday.allCases), hours: DailySpan = .wholeDay,
            dates: DateSpan = .always, priority: Int = 0
        ) {
            self.choice = choice
            self.weekdays = weekdays
            self.hours = hours
            self.dates = dates
            self.priority = priority
        }
    }

    /// A stretch of time in which one choice holds.
    package struct Segment: Hashable, Sendable {
        /// Seconds since 1970-01-01 00:00 UTC.
        package var instants: Range<Int>
        /// Nil when no rule holds and there is no default.
        package var choice: Choice?
        /// The index of the rule that decided; nil for the default.
        package var rule: Int?
    }

    package var rules: [Rule]
    /// What holds when no rule does.
    package var fallback: Choice?

    package init(rules: [Rule] = [], fallback: Choice? = nil) {
        self.rules = rules
        self.fallback = fallback
    }

    /// What holds at an instant, and which rule says so.
    package func decision(at instant: Int, clock: LocalClock) -> (choice: Choice?, rule: Int?) {
        let winner = self.rules.indices.filter { self.holds(self.rules[$0], at: instant, clock: clock) }
            .max { (self.rules[$0].priority, $0) < (self.rules[$1].priority, $1) }
        return winner.map { (self.rules[$0].choice, $0) } ?? (self.fallback, nil)
    }

    /// The next instant after `instant` at which another rule decides, if there is one within `limit` seconds.
    package func nextChange(after instant: Int, within limit: Int, clock: LocalClock) -> Int? {
        let segments = self.segments(in: instant..<(instant + limit), clock: clock)
        return segments.count > 1 ? segments[1].instants.lowerBound : nil
    }

    /// What holds over a stretch of time, without gaps, neighbours differing in the deciding rule.
    package func segments(in instants: Range<Int>, clock: LocalClock) -> [Segment] {
        guard !instants.isEmpty else { return [] }
        // Worked out once: reading a time zone is most of the cost.
        var spans: [(instants: Range<Int>, rule: Int)] = []
        var edges: Set<Int> = [instants.lowerBound]
        // From the day before, since hours may reach over midnight.
        var date = clock.reading(at: instants.lowerBound).date.advanced(by: -1)
        let last = clock.reading(at: instants.upperBound).date
        while date <= last {
            for index in self.rules.indices where self.begins(self.rules[index], on: date) {
                let span = self.rules[index].hours.instants(on: date, clock: clock)
                guard span.overlaps(instants) else { continue }
                spans.append((span, index))
                for edge in [span.lowerBound, span.upperBound] where instants.contains(edge) { edges.insert(edge) }
            }
            date = date.advanced(by: 1)
        }
        var segments: [Segment] = []
        for edge in edges.sorted() {
            let rule = spans.lazy.filter { $0.instants.contains(edge) }.map(\.rule)
                .max { (self.rules[$0].priority, $0) < (self.rules[$1].priority, $1) }
            let choice = rule.map { self.rules[$0].choice } ?? self.fallback
            if let previous = segments.last {
                guard previous.rule != rule else { continue }
                segments[segments.count - 1].instants = previous.instants.lowerBound..<edge
            }
            segments.append(Segment(instants: edge..<instants.upperBound, choice: choice, rule: rule))
        }
        return segments
    }

    private func begins(_ rule: Rule, on date: LocalDate) -> Bool {
        rule.weekdays.contains(date.weekday) && rule.dates.contains(date)
    }

    private func holds(_ rule: Rule, at instant: Int, clock: LocalClock) -> Bool {
        let today = clock.reading(at: instant).date
        return [today.advanced(by: -1), today].contains { date in
            self.begins(rule, on: date) && rule.hours.instants(on: date, clock: clock).contains(instant)
        }
    }
}
