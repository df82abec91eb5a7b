import DisplayChannel
import Logging
import Slideshow

/// What the server's clock said at a moment of ours.
struct ServerClock: Hashable, Sendable {
    /// Our clocks count on from a measurement for so long; then the wall clock, which a time server may keep, is the
    /// steadier one.
    static let freshness: Duration = .seconds(3600)

    var measured: Moment
    /// Since 1970-01-01 00:00 UTC.
    var wall: Duration

    func wall(at now: Moment) -> Duration {
        let age = now.uptime - self.measured.uptime
        return age < Self.freshness ? self.wall + age : now.wall + (self.wall - self.measured.wall)
    }
}

/// Measures how far this machine's clock is from the server's.
struct ServerClockProbe: Sendable {
    /// Of so many answers the one that took least counts: half of its way is the most it can be wrong by.
    static let samples = 5

    let service: any PhotoService
    let now: @Sendable () -> Moment
    let logger: Logger

    /// Measures now and then until cancelled.
    func run(_ handle: @Sendable (ServerClock) async -> Void) async {
        var pace = Backoff(shortest: .seconds(5), longest: .seconds(300))
        while !Task.isCancelled {
            do throws(ViewerError) {
                let clock = try await self.measure()
                pace.reset()
                await handle(clock)
                try? await Task.sleep(for: .seconds(600))  // throws only when cancelled
            } catch {
                self.logger.debug("the server's clock cannot be asked", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: pace.next())
            }
        }
    }

    private func measure() async throws(ViewerError) -> ServerClock {
        var best: (took: Duration, clock: ServerClock)?
        for _ in 0..<Self.samples {
            let before = self.now()
            let time = try await self.service.time()
            let after = self.now()
            let took = after.uptime - before.uptime
            guard best.map({ took < $0.took }) ?? true else { continue }
            best = (took, ServerClock(measured: after, wall: time + took / 2))
        }
        guard let best else { throw ViewerError(.unreachable, "the server's clock was not asked") }
        return best.clock
    }
}
