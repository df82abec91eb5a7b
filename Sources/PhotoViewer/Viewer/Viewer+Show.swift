import DisplayChannel
import Foundation
import Logging
import Planning
import Slideshow

extension Viewer {
    /// Does what the slideshow decided.
    ///
    /// - Returns: The frame that will show it, if there is a difference to see, and why a command was not followed.
    @discardableResult
    func perform(_ actions: [SlideshowAction]) -> (ticket: UInt64?, refusal: String?) {
        var tickets: [UInt64?] = []
        var refusal: String?
        for action in actions {
            switch action {
            case .show(let spread):
                guard let picture = self.picture(of: spread) else { continue }
                for slide in spread.slides { PhotoContent(text: slide.content).map(self.cache.touch) }
                let motion = self.showSettings.moves ? self.slideshow.delay(from: self.now()) ?? Motion.longest : nil
                tickets.append(
                    self.projector.update { projection in
                        projection.picture = picture
                        projection.upcoming = nil
                        projection.motion = motion
                    })
                self.isPrepared = false
            case .showNothing: tickets.append(self.projector.update { $0.picture = nil })
            case .screenOff: tickets.append(self.projector.update { $0.isDark = true })
            case .screenOn: tickets.append(self.projector.update { $0.isDark = false })
            case .refuse(let reason): refusal = reason
            }
        }
        tickets.append(self.refreshCard())
        let isChange = actions.contains { if case .refuse = $0 { false } else { true } }
        if isChange {
            self.status.power = self.power
            self.screenPower.want(self.slideshow.isPowered)
            self.updateWishes()
            self.remember()
        }
        self.resetClock()
        let ticket = tickets.compactMap { $0 }.max()
        if !self.lacksPhotos || !self.slideshow.isPowered { self.photosAreThere(ticket: ticket) }
        return (ticket, refusal)
    }

    /// Has the stage load what comes next when its time is near.
    func prepareNext() {
        guard !self.isPrepared, let delay = self.slideshow.delay(from: self.now()), delay <= Self.preparationTime
        else { return }
        self.isPrepared = true
        let upcoming = self.slideshow.next.flatMap(self.picture)
        _ = self.projector.update { $0.upcoming = upcoming }
    }

    private func picture(of spread: Spread) -> Projection.Picture? {
        let contents = spread.slides.compactMap { PhotoContent(text: $0.content) }
        guard contents.count == spread.slides.count else { return nil }
        return Projection.Picture(
            id: PictureID(spread), contents: contents.map(\.text), paths: contents.map(self.cache.path))
    }

    /// Switches on or off, and dims, as the state and the hour want it.
    ///
    /// - Returns: The frame that shows the difference, if there is one.
    @discardableResult
    func followRhythm() -> UInt64? {
        let now = self.now()
        let phase = self.rhythm.phase(at: now.wall)
        let dimmed = self.projector.update { $0.light = phase.light }
        let isOn = self.state.power != .off && !phase.isAsleep
        let switched = self.perform(self.slideshow.handle(.power(isOn), at: now)).ticket
        // Off or asleep: the difference is one of words.
        self.status.power = self.power
        return [dimmed, switched].compactMap { $0 }.max()
    }

    /// What the stage does at people's hands.
    ///
    /// - Returns: Whether the program shall end.
    func handle(_ event: StageEvent) async -> Bool {
        let now = self.now()
        switch event {
        case .next: self.perform(self.slideshow.handle(.next, at: now))
        case .previous: self.perform(self.slideshow.handle(.previous, at: now))
        case .togglePause: self.perform(self.slideshow.handle(.pause(!self.slideshow.isPaused), at: now))
        case .toggleInfo:
            self.showsInfo.toggle()
            self.refreshCard()
        case .toggleFullScreen: await self.stage.toggleFullScreen()
        case .resized(let size):
            self.panel = size
            self.status.resolution = .init(width: size.width, height: size.height)
            // Whether portraits have room side by side may have changed.
            self.showSettings = ShowSettings(self.settings, display: self.display, panel: size)
            self.perform(self.slideshow.handle(.settings(self.showSettings.slideshow), at: now))
            await self.lookAtPanel()
        case .screenLost(let connector):
            self.troubles["screen"] = "the screen at \(connector) is not connected"
        case .screenReturned:
            // It may be another one, of another size: the program starts anew, and with the same photo.
            self.troubles["screen"] = nil
            self.end = .restart
            self.ended.raise()
        case .quit: return true
        }
        self.report()
        return false
    }

    /// What became of a projection.
    func handle(_ event: ProjectorEvent) {
        let now = self.now()
        switch event {
        case .presented(let ticket, let frame, let picture):
            self.applied.presented(ticket, at: now.uptime)
            self.status.lastPresented = Double(frame.wallNanoseconds) / 1e9
            self.noteShown(picture, at: frame)
            self.completeWaiting(through: ticket, at: frame.wallNanoseconds)
        case .unplayable(let picture, let error): self.bench(picture, error: error)
        case .failing(let error): self.troubles["stage"] = error.map { "drawing fails: \($0)" }
        }
        self.report()
    }

    /// What arrived, or did not.
    func handle(_ event: FetcherEvent) {
        let now = self.now()
        switch event {
        case .playlist(let document, let reference):
            guard case .playlist(let wanted) = self.photos, wanted.sha256 == reference.sha256 else { return }
            _ = self.play(document.slides, captions: document.captions, from: .playlist(reference))
        case .evicted(let evicted): self.miss(evicted)
        case .photo(let content, let evicted):
            self.miss(evicted)
            self.perform(self.slideshow.handle(.available([content.text]), at: now))
            self.showPending(ifArrived: content)
            if self.fetcher.waiting < 8 { self.updateWishes() }
        case .trouble(let trouble): self.troubles["server"] = trouble
        case .unauthorized: break
        }
        self.report()
    }

    /// Photos that had to leave the cache are not played until they are back.
    private func miss(_ evicted: Set<String>) {
        let gone = Set(evicted.compactMap { self.contentsByKey[$0] })
        if !gone.isEmpty { self.perform(self.slideshow.handle(.unavailable(gone), at: self.now())) }
    }

    private func showPending(ifArrived content: PhotoContent) {
        guard let pending = self.pendingShow,
            self.slideshow.slides.contains(where: { $0.name == pending.name && $0.content == content.text })
        else { return }
        self.pendingShow = nil
        self.finishShow(of: pending.name, revision: pending.revision)
    }

    /// Leaves a photo that cannot be shown alone for a while, after one more try with a fresh copy.
    private func bench(_ picture: Projection.Picture, error: StageError) {
        let now = self.now()
        // Of two side by side the one that is to blame, if that is known.
        let blamed = error.path.flatMap { picture.paths.firstIndex(of: $0) }
        let contents = blamed.map { [picture.contents[$0]] } ?? picture.contents
        for text in contents {
            let isFirstTime = self.failures[text].map { now.uptime - $0 > Self.benchTime } ?? true
            self.failures[text] = now.uptime
            if let content = PhotoContent(text: text), [.undecodable, .tooLarge].contains(error.code) {
                self.cache.remove(content)
                if isFirstTime, error.code == .undecodable { self.failures[text] = now.uptime - Self.benchTime }
            }
        }
        self.troubles["photo"] = "a photo could not be shown: \(error)"
        self.isPrepared = false
        self.perform(self.slideshow.handle(.unavailable(Set(contents)), at: now))
        self.updateWishes()
    }

    /// Tells the fetcher what will be shown next.
    func updateWishes() {
        let now = self.now().uptime
        // As much as a few hours without a network may need, but no more than the cache surely holds: what is fetched
        // only to make way for the next one would be fetched again for ever.
        let room = Double(self.cache.limitBytes) * 0.8 / max(self.cache.averageBytes, 1)
        let window = max(Int(min(room, 256)), 4)
        let asked = self.pendingShow.flatMap { pending in self.slideshow.slides.first { $0.name == pending.name } }
        let shown = self.slideshow.shown?.slides ?? []
        let listed = self.slideshow.slides.filter { slide in shown.contains { $0.name == slide.name } }
        let slides = [asked].compactMap { $0 } + listed + self.slideshow.upcoming(window)
        let contents = slides.prefix(window).compactMap { slide in
            self.failures[slide.content].map { now - $0 < Self.benchTime } ?? false
                ? nil : PhotoContent(text: slide.content)
        }
        var keeping = Set(contents)
        keeping.formUnion(shown.compactMap { PhotoContent(text: $0.content) })
        self.cache.expect(contents)
        self.fetcher.want(photos: contents.filter { !self.cache.contains($0) }, keeping: keeping)
    }

    /// Puts the words on the stage that belong there now, or none.
    ///
    /// - Returns: The frame that shows the difference, if there is one.
    @discardableResult
    func refreshCard() -> UInt64? {
        let card: Card?
        if self.identifyUntil != nil {
            card = Card(title: self.displayName, lines: [self.display?.text ?? ""])
        } else if let current = self.slideshow.current {
            let slides = [current] + (self.slideshow.companion.map { [$0] } ?? [])
            let lines = slides.flatMap { [$0.name, $0.dateTaken.map { String($0.prefix(10)) } ?? ""] }
            card = self.showsInfo ? Card(title: "", lines: lines, placement: .bottom) : nil
        } else {
            let isPlaylistEmpty =
                self.slideshow.slides.isEmpty && (self.source != nil || self.photos == DisplayState.PhotoSource.none)
            card = self.notice.card(isPlaylistEmpty: isPlaylistEmpty, missing: self.missing)
        }
        let notes = self.notes()
        return self.projector.update { projection in
            projection.card = card
            projection.notes = notes
        }
    }

    /// The captions and the time of day, as far as they are wanted.
    private func notes() -> [Card] {
        guard let shown = self.slideshow.shown else { return [] }
        let locale = ScreenLanguage.locale(setting: self.settings.language)
        var notes: [Card] = []
        if !self.settings.caption.isEmpty, !self.showsInfo {
            for (slide, placement) in zip(shown.slides, [Card.Placement.bottomLeft, .bottomRight]) {
                let text = self.captions[slide.name]?.text(self.settings.caption, locale: locale) ?? ""
                if !text.isEmpty { notes.append(Card(title: "", lines: [text], placement: placement)) }
            }
        }
        if self.settings.showsClock {
            let time = ClockFace.text(at: self.now().wall, in: self.rhythm.clock.zone, locale: locale)
            notes.append(Card(title: "", lines: [time], placement: .topRight))
        }
        return notes
    }

    private var displayName: String {
        self.settings.name.isEmpty ? self.name ?? "This display" : self.settings.name
    }

    /// Keeps the place in the show. Not worth a flush of the disk at every photo: the worst is to start elsewhere.
    func remember() {
        var memory = ShowMemory(snapshot: self.slideshow.snapshot)
        switch self.source {
        case .playlist(let reference): memory.playlist = reference.sha256
        case .images(let names): memory.images = names
        case .some(.none), nil: return
        }
        memory.wall = self.now().wall / .seconds(1)
        do throws(ViewerError) {
            try self.folder.write(memory, to: self.folder.showFile, isDurable: false)
            self.troubles["storage"] = nil
        } catch {
            self.logger.warning("the place in the show is not kept", metadata: ["error": "\(error)"])
            self.troubles["storage"] = error.message
        }
    }
}

extension PictureID {
    /// What the stage calls this photo, or these two.
    init(_ spread: Spread) { self.init(spread.slides.map(\.content).joined(separator: "+")) }
}
