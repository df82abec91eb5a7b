import DisplayChannel
import Logging
import Slideshow

extension Viewer {
    /// Sends the status on its way; the reporter decides when it is written.
    func report() {
        let now = self.now()
        if self.healthAt.map({ now.uptime - $0 >= .seconds(30) }) ?? true {
            self.healthAt = now.uptime
            Health.fill(&self.status, folder: self.folder.path)
        }
        self.status.cacheBytes = self.cache.bytes
        self.status.appliedRevision = self.applied.applied
        self.status.appliedAfterMilliseconds = self.applied.appliedAfter.map { $0 / .milliseconds(1) }
        self.status.presentedFrames = self.stage.presentedFrames
        let nextDue = self.slideshow.nextDue(at: now).map { $0 / .seconds(1) }
        // Two clocks read one after the other differ a little each time; that is no news.
        if let nextDue, let known = self.status.nextDue, abs(nextDue - known) < 0.5 {
        } else {
            self.status.nextDue = nextDue
        }
        self.status.warnings =
            self.stateWarnings + self.showSettings.warnings + self.troubles.values.sorted()
            + Health.warnings(self.status)
        self.link?.report(self.status)
    }

    /// Waits with a trace line or a command's report until a frame shows it; at once where nothing is to be seen.
    func hold(_ purpose: Waiting.Purpose, _ revision: Int64, ticket: UInt64?, needsPhotos: Bool = false) {
        guard ticket != nil || needsPhotos else {
            return self.complete(Waiting(purpose: purpose, revision: revision), at: WallClock.nanoseconds())
        }
        if self.waiting.count >= Self.waitingLimit {
            let oldest = self.waiting.removeFirst()
            self.logger.warning("too many changes wait for a frame", metadata: ["revision": "\(oldest.revision)"])
        }
        self.waiting.append(Waiting(purpose: purpose, revision: revision, ticket: needsPhotos ? nil : ticket))
    }

    /// What waited for photos waits for the frame that shows them, if one is needed.
    func photosAreThere(ticket: UInt64?) {
        self.applied.photosArrived(ticket: ticket, at: self.now().uptime)
        for index in self.waiting.indices where self.waiting[index].ticket == nil {
            self.waiting[index].ticket = ticket ?? 0
        }
        if ticket == nil { self.completeWaiting(through: 0, at: WallClock.nanoseconds()) }
    }

    func completeWaiting(through ticket: UInt64, at nanoseconds: UInt64) {
        let done = self.waiting.filter { ($0.ticket ?? .max) <= ticket }
        self.waiting.removeAll { ($0.ticket ?? .max) <= ticket }
        for waiting in done { self.complete(waiting, at: nanoseconds) }
    }

    private func complete(_ waiting: Waiting, at nanoseconds: UInt64) {
        switch waiting.purpose {
        case .trace(let kind): self.trace?.record(kind, revision: waiting.revision, presentedNanoseconds: nanoseconds)
        case .command(let topic):
            self.trace?.record(.command, revision: waiting.revision, presentedNanoseconds: nanoseconds)
            self.finish(topic, revision: waiting.revision, .done)
        }
    }

    /// Reports a command when the frame that shows it is presented, or at once when there is none.
    func finish(_ topic: Topic, revision: Int64, after result: (ticket: UInt64?, refusal: String?)) {
        if let refusal = result.refusal { return self.finish(topic, revision: revision, .skipped, refusal) }
        self.hold(.command(topic), revision, ticket: result.ticket)
    }

    func finish(
        _ topic: Topic, revision: Int64, _ result: DisplayStatus.CommandOutcome, _ reason: String? = nil
    ) {
        self.status.report(.init(topic: topic, revision: revision, result: result, reason: reason))
        self.report()
    }

    /// Notes which photo is on the stage.
    func noteShown(_ picture: PictureID?, at frame: PresentedFrame) {
        guard self.slideshow.isPowered else {
            self.status.showing = nil
            return
        }
        let name = self.slideshow.shown.flatMap { PictureID($0) == picture ? $0.slide.name : nil }
        guard name != self.status.showing, name != nil || picture == nil else { return }
        self.status.showing = name
        self.status.since = Double(frame.wallNanoseconds) / 1e9
    }

    /// What the server's clock says was measured.
    func follow(_ serverClock: ServerClock) {
        self.serverClock = serverClock
        let offset = (serverClock.measured.wall - serverClock.wall) / .milliseconds(1)
        self.status.clockOffsetMilliseconds = offset.rounded()
        // In step, the next instant may be sooner or later than was thought.
        self.resetClock()
        self.report()
    }
}
