import Synchronization

/// The signs of life of all displays of this process, one for each screen: systemd watches the process, and one frozen
/// screen is enough to start it anew.
package final class LifeSigns: Sendable {
    private struct Sign: Sendable {
        var lateness: @Sendable () -> Duration
        var summary: @Sendable () async -> String
    }

    private let signs = Mutex<[Sign]>([])

    package init() {}

    /// - Parameters:
    ///   - lateness: How long a frame has been owed.
    ///   - summary: What the display does, in words; to be answered by whoever deals with its events.
    func add(lateness: @escaping @Sendable () -> Duration, summary: @escaping @Sendable () async -> String) {
        self.signs.withLock { $0.append(Sign(lateness: lateness, summary: summary)) }
    }

    /// That of the latest.
    var lateness: Duration { self.signs.withLock { $0 }.map { $0.lateness() }.max() ?? .zero }

    /// Comes back only when all displays still deal with their events.
    func summary() async -> String {
        var texts: [String] = []
        for sign in self.signs.withLock({ $0 }) { texts.append(await sign.summary()) }
        return texts.joined(separator: "; ")
    }
}
