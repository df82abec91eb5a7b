/// Decides when a status is written: at once, after the quiet second, or as the regular refresh.
///
/// An advance of a revision or a command's result is written at once; other changes that people would see at most once a
/// second; and every 4 minutes otherwise, so that ten thousand displays at rest cost little and a simple token (300 s)
/// never runs out.
package struct StatusPace: Sendable {
    package static let quietInterval: Duration = .seconds(1)
    package static let refreshInterval: Duration = .seconds(240)

    private var written: (status: DisplayStatus, at: ContinuousClock.Instant)?

    package init() {}

    package mutating func wrote(_ status: DisplayStatus, at now: ContinuousClock.Instant) {
        self.written = (status, now)
    }

    /// How long from `now` until `status` should be written; zero or less means now.
    package func wait(for status: DisplayStatus, now: ContinuousClock.Instant) -> Duration {
        guard let written = self.written else { return .zero }
        if Self.isUrgent(status, after: written.status) { return .zero }
        let interval =
            Self.matters(status, after: written.status) ? Self.quietInterval : Self.refreshInterval
        return interval - written.at.duration(to: now)
    }

    /// What a person waits for: an acknowledgement.
    private static func isUrgent(_ status: DisplayStatus, after old: DisplayStatus) -> Bool {
        status.receivedRevision != old.receivedRevision || status.appliedRevision != old.appliedRevision
            || status.commands != old.commands
    }

    /// Whether people would see a difference. Counters that always move do not matter by themselves.
    private static func matters(_ status: DisplayStatus, after old: DisplayStatus) -> Bool {
        status.showing != old.showing || status.since != old.since || status.nextDue != old.nextDue
            || status.power != old.power || status.powerBy != old.powerBy || status.resolution != old.resolution
            || status.connector != old.connector || status.mode != old.mode || status.throttled != old.throttled
            || status.transport != old.transport || status.version != old.version || status.ip != old.ip
            || status.warnings != old.warnings
    }
}
