import Foundation
import Planning

/// Which album a display shows when, and why. Pure.
///
/// The group's schedule comes before the group's album, that before the display's own schedule, and the display's own
/// album last.
package struct DisplayPlanner: Sendable {
    /// Who says so.
    package enum Source: Hashable, Sendable {
        case display
        case group(GroupID)
    }

    /// What holds at some moment.
    package struct Decision: Hashable, Sendable {
        /// Nil when nobody says anything.
        package let album: AlbumID?
        package let source: Source
        /// The line of the schedule that decided; nil where the album by itself did.
        package let rule: ScheduleRule?
    }

    /// A stretch of time and what holds in it.
    package struct Segment: Hashable, Sendable {
        /// Seconds since 1970-01-01 00:00 UTC.
        package let instants: Range<Int>
        package let decision: Decision
    }

    /// The wall clock that it goes by.
    package let clock: LocalClock
    private let schedule: Schedule<AlbumID>
    private let decisions: [Decision]

    /// - Parameters:
    ///   - albums: Those that exist; a line that names another one is as if it were not there.
    init(
        clock: LocalClock, albums: Set<AlbumID>, album: AlbumID?, rules: [ScheduleRule],
        group: (id: GroupID, album: AlbumID?, rules: [ScheduleRule])?
    ) {
        self.clock = clock
        var lines: [Schedule<AlbumID>.Rule] = []
        var decisions: [Decision] = []
        func add(_ rule: ScheduleRule, _ source: Source, layer: Int, isDefault: Bool = false) {
            guard albums.contains(rule.album) else { return }
            // Layers are further apart than the priorities within one.
            let priority = layer * (ScheduleRule.priorities.count + 1) + rule.priority
            lines.append(
                .init(rule.album, weekdays: rule.days, hours: rule.hours, dates: rule.dates, priority: priority))
            decisions.append(Decision(album: rule.album, source: source, rule: isDefault ? nil : rule))
        }
        for rule in rules { add(rule, .display, layer: 0) }
        if let group {
            if let album = group.album { add(ScheduleRule(album), .group(group.id), layer: 1, isDefault: true) }
            for rule in group.rules { add(rule, .group(group.id), layer: 2) }
        }
        self.schedule = Schedule(rules: lines, fallback: album.flatMap { albums.contains($0) ? $0 : nil })
        self.decisions = decisions
    }

    /// - Parameter instant: Seconds since 1970-01-01 00:00 UTC.
    package func decision(at instant: Int) -> Decision {
        self.decision(self.schedule.decision(at: instant, clock: self.clock).rule)
    }

    /// The next instant after `instant` at which another line decides, if there is one within `limit` seconds.
    package func nextChange(after instant: Int, within limit: Int) -> Int? {
        self.hasRules ? self.schedule.nextChange(after: instant, within: limit, clock: self.clock) : nil
    }

    /// Whether time alone can change anything.
    package var hasRules: Bool { self.decisions.contains { $0.rule != nil } }

    /// What holds over a stretch of time, without gaps.
    package func segments(in instants: Range<Int>) -> [Segment] {
        self.schedule.segments(in: instants, clock: self.clock).map {
            Segment(instants: $0.instants, decision: self.decision($0.rule))
        }
    }

    private func decision(_ rule: Int?) -> Decision {
        rule.map { self.decisions[$0] } ?? Decision(album: self.schedule.fallback, source: .display, rule: nil)
    }
}
