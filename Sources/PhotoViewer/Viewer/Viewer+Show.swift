import DisplayChannel
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
            case .show(let slide):
                guard let content = PhotoContent(text: slide.content) else { continue }
                self.cache.touch(content)
                let picture = Projection.Picture(id: PictureID(slide.content), path: self.cache.path(of: content))
                tickets.append(self.projector.update { $0.picture = picture })
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
            self.updateWishes()
            self.remember()
        }
        self.resetClock()
        let ticket = tickets.compactMap { $0 }.max()
        if !self.lacksPhotos || !self.slideshow.isPowered { self.photosAreThere(ticket: ticket) }
        return (ticket, refusal)
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
        case .resized(let size): self.status.resolution = .init(width: size.width, height: size.height)
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
        case .photo(let content, let evicted):
            let gone = Set(evicted.compactMap { self.contentsByFile[$0] })
            if !gone.isEmpty { self.perform(self.slideshow.handle(.unavailable(gone), at: now)) }
            self.perform(self.slideshow.handle(.available([content.text]), at: now))
            self.showPending(ifArrived: content)
            if self.fetcher.waiting < 8 { self.updateWishes() }
        case .trouble(let trouble): self.troubles["server"] = trouble
        case .unauthorized: break
        }
        self.report()
    }

    private func showPending(ifArrived content: PhotoContent) {
        guard let pending = self.pendingShow,
            self.slideshow.slides.contains(where: { $0.name == pending.name && $0.content == content.text })
        else { return }
        self.pendingShow = nil
        self.finishShow(of: pending.name, revision: pending.revision)
    }

    /// Leaves a photo that cannot be shown alone for a while, after one more try with a fresh copy.
    private func bench(_ picture: PictureID, error: StageError) {
        let now = self.now()
        let isFirstTime = self.failures[picture.text].map { now.uptime - $0 > Self.benchTime } ?? true
        self.failures[picture.text] = now.uptime
        if let content = PhotoContent(text: picture.text), [.undecodable, .tooLarge].contains(error.code) {
            self.cache.remove(content)
            if isFirstTime, error.code == .undecodable { self.failures[picture.text] = now.uptime - Self.benchTime }
        }
        self.troubles["photo"] = "a photo could not be shown: \(error)"
        self.perform(self.slideshow.handle(.unavailable([picture.text]), at: now))
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
        let listed = self.slideshow.current.flatMap { current in
            self.slideshow.slides.first { $0.name == current.name }
        }
        let slides = [asked, listed].compactMap { $0 } + self.slideshow.upcoming(window)
        let contents = slides.prefix(window).compactMap { slide in
            self.failures[slide.content].map { now - $0 < Self.benchTime } ?? false
                ? nil : PhotoContent(text: slide.content)
        }
        var keeping = Set(contents)
        if let shown = self.slideshow.current.flatMap({ PhotoContent(text: $0.content) }) { keeping.insert(shown) }
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
            let date = current.dateTaken.map { String($0.prefix(10)) }
            card = self.showsInfo ? Card(title: "", lines: [current.name, date ?? ""], placement: .bottom) : nil
        } else {
            let isPlaylistEmpty =
                self.slideshow.slides.isEmpty && (self.source != nil || self.photos == DisplayState.PhotoSource.none)
            card = self.notice.card(isPlaylistEmpty: isPlaylistEmpty)
        }
        let notes = self.notes()
        return self.projector.update { projection in
            projection.card = card
            projection.notes = notes
        }
    }

    /// The caption and the time of day, as far as they are wanted.
    private func notes() -> [Card] {
        guard let current = self.slideshow.current else { return [] }
        var notes: [Card] = []
        if !self.settings.caption.isEmpty, !self.showsInfo, let caption = self.captions[current.name] {
            let text = caption.text(self.settings.caption)
            if !text.isEmpty { notes.append(Card(title: "", lines: [text], placement: .bottomLeft)) }
        }
        if self.settings.showsClock {
            let time = ClockFace.text(at: self.now().wall, in: self.rhythm.clock.zone)
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
