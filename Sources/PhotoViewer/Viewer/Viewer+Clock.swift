import DisplayChannel
import Slideshow

/// When the viewer does something by itself.
extension Viewer {
    /// Ticks when the slideshow or a deadline wants it, until cancelled.
    func runClock() async {
        while !Task.isCancelled {
            await self.timer.wait(within: self.delayToTick())
            guard !Task.isCancelled else { return }
            self.tick()
        }
    }

    /// Has the clock look at the deadlines again.
    func resetClock() {
        if !self.isTicking { self.timer.raise() }
    }

    private func delayToTick() -> Duration {
        let now = self.now()
        // At least once a minute, so that a clock that was set and the machine's health are noticed.
        // At the minute's turn the clock on the screen is drawn anew.
        let minute: Duration = .seconds(60)
        let toMinute = minute - (now.wall - minute * Int(now.wall / minute))
        let deadlines = [self.identifyUntil, self.pendingShow?.giveUpAt].compactMap { $0.map { $0 - now.uptime } }
        let delay = min(
            self.delayToChangeOrPreparation(from: now), self.rhythm.rest(from: now.wall),
            self.settings.showsClock ? toMinute : minute)
        return max(deadlines.reduce(delay, min), .zero)
    }

    private func tick() {
        self.isTicking = true
        defer { self.isTicking = false }
        let now = self.now()
        if let end = self.identifyUntil, end <= now.uptime {
            self.identifyUntil = nil
            self.refreshCard()
        }
        if let pending = self.pendingShow, pending.giveUpAt <= now.uptime {
            self.pendingShow = nil
            self.finish(.show, revision: pending.revision, .failed, "the photo did not arrive in time")
        }
        self.followRhythm()
        self.refreshCard()
        self.perform(self.slideshow.handle(.tick, at: now))
        self.prepareNext()
        self.report()
    }

    private func delayToChangeOrPreparation(from now: Moment) -> Duration {
        guard let delay = self.slideshow.delay(from: now) else { return .seconds(60) }
        return delay > Self.preparationTime && !self.isPrepared ? delay - Self.preparationTime : delay
    }
}
