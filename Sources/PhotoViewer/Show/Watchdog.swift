import Glibc
import Logging

/// Tells systemd that the display lives, for as long as its picture does: a frozen picture has the program restarted, a
/// resting one never does.
///
/// See sd_notify(3): the service needs `Type=notify` and `WatchdogSec=`.
struct Watchdog: Sendable {
    /// How late a frame may be before the picture counts as frozen.
    static let patience: Duration = .seconds(20)

    private let systemd: Systemd?
    private let interval: Duration
    private let lateness: @Sendable () -> Duration
    private let summary: @Sendable () async -> String
    private let logger: Logger

    /// - Parameters:
    ///   - systemd: Nil when it did not start us.
    ///   - limitMicroseconds: Its `WATCHDOG_USEC`; nil when it does not watch us.
    ///   - lateness: How long a frame has been owed.
    ///   - summary: What the display does, in words; to be answered by whoever deals with its events.
    init(
        systemd: Systemd? = Systemd(),
        limitMicroseconds: Int? = Self.environment("WATCHDOG_USEC").flatMap { Int($0) },
        lateness: @escaping @Sendable () -> Duration, summary: @escaping @Sendable () async -> String, logger: Logger
    ) {
        self.systemd = systemd
        self.interval = .microseconds(max((limitMicroseconds ?? 60_000_000) / 3, 10_000))
        self.lateness = lateness
        self.summary = summary
        self.logger = logger
    }

    /// Notifies until cancelled.
    func run() async {
        guard let systemd = self.systemd else { return }
        var wasHeard = self.send("READY=1", to: systemd, wasHeard: true)
        var wasFrozen = false
        while !Task.isCancelled {
            let isFrozen = self.lateness() > Self.patience
            if isFrozen, !wasFrozen { self.logger.critical("the picture is frozen; systemd is told no more") }
            wasFrozen = isFrozen
            // Comes back only when the viewer still deals with its events.
            let summary = await self.summary()
            if !isFrozen {
                wasHeard = self.send("WATCHDOG=1\nSTATUS=\(summary)", to: systemd, wasHeard: wasHeard)
            }
            try? await Task.sleep(for: self.interval)  // throws only when cancelled
        }
    }

    /// - Returns: Whether it could be told.
    private func send(_ text: String, to systemd: Systemd, wasHeard: Bool) -> Bool {
        do throws(Systemd.Failure) {
            try systemd.notify(text)
            return true
        } catch {
            if wasHeard {
                self.logger.warning(
                    "systemd cannot be told that the display lives",
                    metadata: ["failure": "\(error)", "error": "\(String(cString: strerror(errno)))"])
            }
            return false
        }
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
