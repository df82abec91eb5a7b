extension Slideshow {
    mutating func tick(at now: Moment) -> [SlideshowAction] {
        self.followClock(at: now)
        guard let due = self.due, due.delay(from: now) == .zero else { return [] }
        let next = self.takeDue(at: now)
        self.due = nil
        guard let next else {
            // Alone in its playlist a photo simply stays; otherwise others are still on their way.
            self.isStarved = self.listsAnother
            self.lastChange = now
            return []
        }
        return next == self.shown ? self.restartInterval(at: now) : self.change(to: next, at: now)
    }

    mutating func step(
        at now: Moment, refusal: String, choose: (inout Slideshow) -> Spread?
    ) -> [SlideshowAction] {
        guard self.isPowered else { return [.refuse("the display is off")] }
        guard let spread = choose(&self) else {
            return [.refuse(self.playlist.isEmpty ? "the playlist is empty" : refusal)]
        }
        return self.change(to: spread, at: now)
    }

    mutating func show(_ name: String, at now: Moment) -> [SlideshowAction] {
        guard self.isPowered else { return [.refuse("the display is off")] }
        guard let slide = self.playlist[name] else { return [.refuse("the photo is not in the playlist")] }
        guard self.available.contains(slide.content) else { return [.refuse("the photo has not arrived yet")] }
        if self.shown?.slides.contains(slide) == true { return self.restartInterval(at: now) }
        self.history.append(name)
        self.markShown(name)
        // Alone, even a portrait: it was asked for, and nothing else was.
        return self.change(to: Spread(slide), at: now)
    }

    mutating func pause(_ isPaused: Bool, at now: Moment) -> [SlideshowAction] {
        guard isPaused != self.isPaused else { return [] }
        self.isPaused = isPaused
        self.due = nil
        guard !isPaused else { return self.restartInterval(at: now) }
        if self.settings.isInStep, self.isPowered { return self.join(at: now) }
        return self.restartInterval(at: now) + self.continueIfStarved(at: now)
    }

    mutating func power(_ isOn: Bool, at now: Moment) -> [SlideshowAction] {
        guard isOn != self.isPowered else { return [] }
        self.isPowered = isOn
        self.due = nil
        guard isOn else { return [.screenOff] }
        self.lastChange = now
        if self.settings.isInStep, !self.isPaused { return [.screenOn] + self.join(at: now) }
        if self.current == nil, let first = self.takeNext() {
            return [.screenOn] + self.change(to: first, at: now)
        }
        // What was waited for may have come while it was dark.
        return [.screenOn] + self.continueIfStarved(at: now)
    }

    mutating func apply(_ settings: SlideshowSettings, at now: Moment) -> [SlideshowAction] {
        let old = self.settings
        self.settings = settings
        if settings.seed != old.seed {
            self.round.reseed(settings.seed)
            self.roundOrder = nil
        }
        guard settings != old else { return [] }
        self.forgetSteps()
        let paired = settings.pairsPortraits != old.pairsPortraits ? self.pairCurrent() : []
        if settings.isInStep, settings != old, self.isPowered, !self.isPaused, self.current != nil {
            self.due = nil
            return paired + self.join(at: now)
        }
        if settings.timing != old.timing || settings.isInStep != old.isInStep {
            // Counted from the last change, not from now: moving a slider to and fro must not hold a photo for ever.
            self.due = nil
            self.arm(at: now)
            return paired + self.tick(at: now)
        }
        return paired
    }

    /// Playlist or settings have changed.
    mutating func forgetSteps() { (self.stepRound, self.stepCount, self.missed) = (nil, nil, nil) }

    /// Shows at once what the setting means for the portrait now on the screen.
    private mutating func pairCurrent() -> [SlideshowAction] {
        guard let current = self.current, self.isPowered, !self.settings.isInStep else { return [] }
        let companion = self.companion(of: current)
        guard companion != self.companion else { return [] }
        self.companion = companion
        self.history.pair(with: companion?.name)
        if let companion { self.markShown(companion.name) }
        return [.show(Spread(current, companion))]
    }

    /// The next photo, or pair, that can be shown and is not the current one; nil when there is none.
    mutating func takeNext() -> Spread? {
        let isEligible = self.eligibility()
        if let entry = self.history.forward(where: isEligible) { return self.spread(of: entry) }
        let name =
            switch self.settings.order {
            case .shuffle: self.chooseShuffled(where: isEligible)
            case .asListed, .newestFirst: self.namesAfterCurrent().first(where: isEligible)
            }
        return name.flatMap { self.take($0) }
    }

    /// What was shown before, or in a listed order what comes before it in the list; nil when there is none.
    mutating func takePrevious() -> Spread? {
        let isEligible = self.eligibility()
        if let entry = self.history.back(where: isEligible) { return self.spread(of: entry) }
        guard self.settings.order != .shuffle else { return nil }
        let before = self.playlist.names(after: self.current?.name, order: self.settings.order)
            .filter(isEligible).suffix(2)
        guard let name = before.last else { return nil }
        // A pair is taken as one step from either side.
        if before.count == 2, let first = before.first, self.companion(ofListed: first)?.name == name {
            return self.take(first)
        }
        return self.take(name, isPaired: false)
    }

    private mutating func take(_ name: String, isPaired: Bool = true) -> Spread? {
        guard let slide = self.playlist[name] else { return nil }
        let companion = isPaired ? self.companion(of: slide) : nil
        self.history.append(name, with: companion?.name)
        self.markShown(name)
        if let companion { self.markShown(companion.name) }
        return Spread(slide, companion)
    }

    private func spread(of entry: SlideHistory.Entry) -> Spread? {
        guard let slide = self.playlist[entry.name] else { return nil }
        let companion = self.settings.pairsPortraits ? entry.companion.flatMap { self.playlist[$0] } : nil
        return Spread(slide, companion.flatMap { self.available.contains($0.content) ? $0 : nil })
    }

    /// The portrait to stand beside this one; nil for a landscape, or when no other is left.
    private mutating func companion(of slide: Slide) -> Slide? {
        guard self.settings.pairsPortraits, slide.isPortrait else { return nil }
        guard self.settings.order == .shuffle else { return self.companion(ofListed: slide.name) }
        let canShow = self.eligibility()
        let playlist = self.playlist
        // Of this round only: an odd portrait at its end stands alone rather than beside one just seen.
        let name = self.round.choose(
            from: self.orderOfRound(),
            isEligible: { $0 != slide.name && playlist[$0]?.isPortrait == true && canShow($0) },
            isRecent: { _ in false })
        return name.flatMap { playlist[$0] }
    }

    /// In a listed order only neighbours stand side by side.
    private func companion(ofListed name: String) -> Slide? {
        guard self.settings.pairsPortraits, self.playlist[name]?.isPortrait == true else { return nil }
        let canShow = self.eligibility()
        let next = self.playlist.names(after: name, order: self.settings.order).first(where: canShow)
        return next.flatMap { $0 == name ? nil : self.playlist[$0] }.flatMap { $0.isPortrait ? $0 : nil }
    }

    private func namesAfterCurrent() -> [String] {
        self.playlist.names(after: self.companion?.name ?? self.current?.name, order: self.settings.order)
    }

    /// Whether a photo other than those now shown can be shown; a copy, so that it can be asked while `self` changes.
    func eligibility() -> (String) -> Bool {
        let (playlist, available, shown) = (self.playlist, self.available, self.shown)
        return { name in
            shown?.contains(name) != true && playlist[name].map { available.contains($0.content) } ?? false
        }
    }

    private mutating func chooseShuffled(where isEligible: (String) -> Bool) -> String? {
        let recent = self.history.recent(min(self.playlist.count / 3, 24))
        func choose(_ round: ShuffleRound, _ order: [RankedName]) -> String? {
            round.choose(from: order, isEligible: isEligible, isRecent: recent.contains)
        }
        if let name = choose(self.round, self.orderOfRound()) { return name }
        // Only a round that has something to show begins: while photos are on their way, this one must keep its place.
        var next = self.round
        next.startNext()
        let order = next.order(of: self.playlist.slides.lazy.map(\.name))
        guard let name = choose(next, order) else { return nil }
        self.round = next
        self.roundOrder = order
        return name
    }

    private mutating func orderOfRound() -> [RankedName] {
        if let order = self.roundOrder { return order }
        let order = self.round.order(of: self.playlist.slides.lazy.map(\.name))
        self.roundOrder = order
        return order
    }

    private mutating func markShown(_ name: String) {
        self.round.markShown(name)
        self.round.advanceCursor(over: self.orderOfRound())
    }

    func canShow(_ name: String) -> Bool {
        self.playlist[name].map { self.available.contains($0.content) } ?? false
    }

    mutating func change(to spread: Spread, at now: Moment) -> [SlideshowAction] {
        (self.current, self.companion) = (spread.slide, spread.companion)
        self.isStarved = false
        return [.show(spread)] + self.restartInterval(at: now)
    }

    private mutating func restartInterval(at now: Moment) -> [SlideshowAction] {
        self.lastChange = now
        self.due = nil
        return []
    }

    /// Sets the due time unless there is nothing to wait for.
    mutating func arm(at now: Moment) {
        guard self.isPowered, !self.isPaused, !self.isStarved, self.current != nil else { return }
        self.armed = now
        guard !self.settings.isInStep else {
            self.due = self.stepDue(at: now)
            return
        }
        let lastChange = self.lastChange.map { now.reading($0) } ?? now
        self.lastChange = lastChange
        self.due = DueTime(
            after: lastChange, offsetFromUTC: now.offsetFromUTC, timing: self.settings.timing, using: &self.generator)
    }

    /// Computes the due time anew when somebody has set the clock it was computed on.
    private mutating func followClock(at now: Moment) {
        guard let due = self.due, due.isOnWallClock, let armed = self.armed, now.isClockChanged(since: armed) else {
            return
        }
        self.due = nil
        self.arm(at: now)
    }
}
