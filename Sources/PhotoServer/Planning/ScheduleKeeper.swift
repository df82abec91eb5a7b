import DisplayChannel
import Foundation
import Logging
import PhotoLibrary
import ServiceLifecycle

/// The wall clock and the waiting of a server. Tests bring their own.
package struct WallClock: Sendable {
    package var now: @Sendable () -> Date
    /// Throws only when cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package static let system = WallClock(now: { Date() }, sleep: { try await Task.sleep(for: $0) })

    package init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}

/// Wakes when the next line of any schedule begins or ends, and has the displays that it concerns published.
///
/// The wall clock may be set while it sleeps, so it never sleeps long: set forward, what was skipped is due at once;
/// set back, everything is worked out again.
final class ScheduleKeeper: Service {
    /// The longest sleep: how late a change can be when the clock was set, or a schedule has just been.
    static let longestSleep = Duration.seconds(1)

    private let library: PhotoLibrary
    private let clock: WallClock
    private let logger: Logger

    init(library: PhotoLibrary, clock: WallClock, logger: Logger) {
        self.library = library
        self.clock = clock
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // What came due while no server ran, or by another time zone database, is found by the first look.
            var everything = true
            var last = self.clock.now()
            // A database that fails is asked, and written about, ever more seldom.
            var patience = Backoff(shortest: Self.longestSleep, longest: .seconds(60))
            while !Task.isCancelled {
                var pause = Self.longestSleep
                do {
                    let next = try await self.library.replan(everything: everything)
                    everything = false
                    patience.reset()
                    if let next {
                        pause = min(pause, max(.zero, .seconds(next.timeIntervalSince(self.clock.now()))))
                    }
                } catch is CancellationError {
                    return
                } catch {
                    pause = patience.next()
                    self.logger.error(
                        "schedules could not be read", metadata: ["error": "\(error)", "next_try": "\(pause)"])
                }
                do { try await self.clock.sleep(pause) } catch { return }
                let now = self.clock.now()
                if now < last {
                    self.logger.notice("the clock was set back; all schedules are worked out again")
                    everything = true
                }
                last = now
            }
        }
    }
}
