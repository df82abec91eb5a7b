import DisplayChannel
import Logging
import Slideshow

extension Viewer {
    /// Takes in what the mediator says. When this returns, it is decided, though not yet on the stage.
    func handle(_ event: ChannelEvent) {
        switch event {
        case .state(let state, let changed, let revision): self.apply(state, changed: changed, revision: revision)
        case .command(let command, let revision): self.run(command, revision: revision)
        case .skipped(let report): self.status.report(report)
        case .received(let revision): self.status.receivedRevision = revision
        case .away(let reason): self.troubles["mediator"] = "the mediator is away: \(reason)"
        case .back: self.troubles["mediator"] = nil
        }
        self.report()
    }

    private func apply(_ state: DisplayState, changed: Set<Topic>, revision: Int64) {
        if revision < self.applied.applied { self.applied.reset() }
        self.state = state
        var tickets: [Topic: UInt64] = [:]
        if let settings = state.settings?.settings { tickets[.settings] = self.apply(settings) }
        tickets[.powerState] = self.followRhythm()
        let photosTicket = self.followSource()
        // A dark display applies by remembering; it fetches what it needs meanwhile.
        let needsPhotos = self.slideshow.isPowered && self.lacksPhotos
        let ticket = (Array(tickets.values) + [photosTicket].compactMap { $0 }).max()
        self.applied.receive(revision, at: self.now().uptime, ticket: ticket, needsPhotos: needsPhotos)
        for topic in changed {
            switch topic {
            case .settings: self.hold(.trace(.settings), revision, ticket: tickets[.settings])
            case .powerState: self.hold(.trace(.power), revision, ticket: tickets[.powerState])
            case .playlist: self.hold(.trace(.playlist), revision, ticket: photosTicket, needsPhotos: needsPhotos)
            default: break
            }
        }
    }

    /// - Returns: The frame that shows the difference, if it can be seen.
    private func apply(_ settings: DisplaySettings) -> UInt64? {
        if settings != self.settings { self.settings = settings }
        let new = ShowSettings(settings, display: self.display, panel: self.panel)
        self.showSettings = new
        let seen = self.projector.update { projection in
            projection.look = new.look
            projection.transition = new.transition
            projection.motion = new.moves ? projection.motion ?? Motion.longest : nil
        }
        let changed = self.perform(self.slideshow.handle(.settings(new.slideshow), at: self.now())).ticket
        return [seen, changed].compactMap { $0 }.max()
    }

    /// Whether the state names photos of which none is on, or on its way to, the stage.
    var lacksPhotos: Bool {
        guard self.photos != DisplayState.PhotoSource.none else { return false }
        guard self.photos == self.source || self.isSamePlaylist else { return true }
        guard let current = self.slideshow.current else { return !self.contents.isEmpty }
        return !self.contents.contains(current.content)
    }

    /// The count in a playlist's reference is for people.
    var isSamePlaylist: Bool {
        guard case .playlist(let wanted) = self.photos, case .playlist(let have) = self.source else {
            return false
        }
        return wanted.sha256 == have.sha256
    }

    /// Plays what the state names, or has it fetched first. Photos that vanish from the state change nothing.
    ///
    /// - Returns: The frame that shows the difference, if there is one.
    @discardableResult
    func followSource() -> UInt64? {
        switch self.photos {
        case .none:
            return nil
        case .images(let names):
            self.fetcher.want(playlist: nil)
            guard self.source != .images(names) else { return nil }
            return self.play(Self.slides(named: names), captions: [:], from: .images(names))
        case .playlist(let reference):
            guard !self.isSamePlaylist else {
                self.fetcher.want(playlist: nil)
                return nil
            }
            if let bytes = self.folder.playlist(reference.sha256) {
                do throws(ViewerError) {
                    let document = try PlaylistDocument(bytes, sha256: reference.sha256)
                    return self.play(document.slides, captions: document.captions, from: .playlist(reference))
                } catch {
                    self.logger.warning("a kept playlist is fetched again", metadata: ["error": "\(error)"])
                }
            }
            self.fetcher.want(playlist: reference)
            return nil
        }
    }

    /// - Returns: The frame that shows the difference, if there is one.
    func play(
        _ slides: [Slide], captions: [String: PhotoCaption], from source: DisplayState.PhotoSource
    ) -> UInt64? {
        self.source = source
        self.captions = captions
        self.list(slides)
        let now = self.now()
        self.failures = [:]
        let announced = self.perform(
            self.slideshow.handle(.available(Self.available(slides, in: self.cache)), at: now)
                + self.slideshow.handle(.playlist(slides), at: now))
        // Also when the photo on the stage stays: what comes after it is another one.
        self.updateWishes()
        self.remember()
        if case .playlist(let reference) = source { self.folder.forgetPlaylists(except: reference.sha256) }
        return announced.ticket
    }

    private func run(_ command: DisplayCommand, revision: Int64) {
        let now = self.now()
        self.logger.info("a command", metadata: ["topic": "\(command.topic.rawValue)", "revision": "\(revision)"])
        switch command {
        case .changePhoto(let direction):
            self.replacePendingShow()
            let actions = self.slideshow.handle(direction == .forward ? .next : .previous, at: now)
            self.finish(.changePhoto, revision: revision, after: self.perform(actions))
        case .show(let name):
            self.replacePendingShow()
            self.show(name, revision: revision)
        case .pause(let isPaused):
            self.finish(
                .pause, revision: revision, after: self.perform(self.slideshow.handle(.pause(isPaused), at: now)))
        case .identify(let seconds):
            self.identifyUntil = now.uptime + .seconds(seconds)
            self.finish(.identify, revision: revision, after: (self.refreshCard(), nil))
            self.resetClock()
        case .currentDisplay(let request):
            self.screenPictures.ask(request, revision: revision)
        case .restartScreen: self.end(by: .restart, after: command.topic, revision: revision)
        case .reboot:
            guard self.mayReboot else {
                return self.finish(
                    .reboot, revision: revision, .skipped, "this display was started without --reboot-command")
            }
            self.end(by: .reboot, after: command.topic, revision: revision)
        }
    }

    /// Reports first, since nothing can be said afterwards; whoever waits for ``nextEnd()`` does the rest.
    private func end(by end: DisplayEnd, after topic: Topic, revision: Int64) {
        self.finish(topic, revision: revision, .done)
        self.end = end
        self.ended.raise()
    }

    private func show(_ name: String, revision: Int64) {
        let now = self.now()
        guard self.slideshow.isPowered, let slide = self.slideshow.slides.first(where: { $0.name == name }),
            let content = PhotoContent(text: slide.content)
        else { return self.finishShow(of: name, revision: revision) }
        if !self.cache.contains(content) {
            self.pendingShow = PendingShow(name: name, revision: revision, giveUpAt: now.uptime + Self.showPatience)
            self.failures[slide.content] = nil
            self.updateWishes()
            self.resetClock()
            return
        }
        // It may have arrived a moment ago, and the fetcher's word of it not yet.
        if !self.slideshow.available.contains(slide.content) {
            self.perform(self.slideshow.handle(.available([slide.content]), at: now))
        }
        self.finishShow(of: name, revision: revision)
    }

    func finishShow(of name: String, revision: Int64) {
        let actions = self.slideshow.handle(.show(name), at: self.now())
        self.finish(.show, revision: revision, after: self.perform(actions))
    }

    private func replacePendingShow() {
        guard let pending = self.pendingShow else { return }
        self.pendingShow = nil
        self.finish(.show, revision: pending.revision, .skipped, "another command came before the photo arrived")
    }
}
