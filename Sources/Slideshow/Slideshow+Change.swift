extension Slideshow {
    mutating func tick(at now: Moment) -> [SlideshowAction] {
        self.followClock(at: now)
        guard let due = self.due, due.delay(from: now) == .zero else { return [] }
        self.due = nil
        guard let next = self.takeNext() else {
            // Alone in its playlist a photo simply stays; otherwise others are still on their way.
            self.isStarved = self.listsAnother
            self.lastChange = now
            return []
        }
        return self.change(to: next, at: now)
    }

    mutating func step(
        at now: Moment, refusal: String, choose: (inout Slideshow) -> Slide?
    ) -> [SlideshowAction] {
        guard self.isPowered else { return [.refuse("the display is off")] }
        guard let slide = choose(&self) else {
            return [.refuse(self.playlist.isEmpty ? "the playlist is empty" : refusal)]
        }
        return self.change(to: slide, at: now)
    }

    mutating func show(_ name: String, at now: Moment) -> [SlideshowAction] {
        guard self.isPowered else { return [.refuse("the display is off")] }
        guard let slide = self.playlist[name] else { return [.refuse("the photo is not in the playlist")] }
        guard self.available.contains(slide.content) else { return [.refuse("the photo has not arrived yet")] }
        if slide == self.current { return self.restartInterval(at: now) }
        self.history.append(name)
        self.markShown(name)
        return self.change(to: slide, at: now)
    }

    mutating func pause(_ isPaused: Bool, at now: Moment) -> [SlideshowAction] {
        guard isPaused != self.isPaused else { return [] }
        self.isPaused = isPaused
        return self.restartInterval(at: now) + self.continueIfStarved(at: now)
    }

    mutating func power(_ isOn: Bool, at now: Moment) -> [SlideshowAction] {
        guard isOn != self.isPowered else { return [] }
        self.isPowered = isOn
        self.due = nil
        guard isOn else { return [.screenOff] }
        self.lastChange = now
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
        if settings.timing != old.timing {
            // Counted from the last change, not from now: moving a slider to and fro must not hold a photo for ever.
            self.due = nil
            self.arm(at: now)
            return self.tick(at: now)
        }
        return []
    }

    /// The next photo that can be shown and is not the current one; nil when there is none.
    mutating func takeNext() -> Slide? {
        let isEligible = self.eligibility()
        if let name = self.history.forward(where: isEligible) { return self.playlist[name] }
        let name =
            switch self.settings.order {
            case .shuffle: self.chooseShuffled(where: isEligible)
            case .asListed, .newestFirst: self.namesAfterCurrent().first(where: isEligible)
            }
        return name.flatMap { self.take($0) }
    }

    /// The photo shown before, or in a listed order the one before it in the list; nil when there is none.
    mutating func takePrevious() -> Slide? {
        let isEligible = self.eligibility()
        if let name = self.history.back(where: isEligible) { return self.playlist[name] }
        guard self.settings.order != .shuffle else { return nil }
        return self.namesAfterCurrent().last(where: isEligible).flatMap { self.take($0) }
    }

    private mutating func take(_ name: String) -> Slide? {
        self.history.append(name)
        self.markShown(name)
        return self.playlist[name]
    }

    private func namesAfterCurrent() -> [String] {
        self.playlist.names(after: self.current?.name, order: self.settings.order)
    }

    /// Whether a photo other than the current one can be shown; a copy, so that it can be asked while `self` changes.
    private func eligibility() -> (String) -> Bool {
        let (playlist, available, current) = (self.playlist, self.available, self.current?.name)
        return { name in
            name != current && playlist[name].map { available.contains($0.content) } ?? false
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

    mutating func change(to slide: Slide, at now: Moment) -> [SlideshowAction] {
        self.current = slide
        self.isStarved = false
        return [.show(slide)] + self.restartInterval(at: now)
    }

    private mutating func restartInterval(at now: Moment) -> [SlideshowAction] {
        self.lastChange = now
        self.due = nil
        return []
    }

    /// Sets the due time unless there is nothing to wait for.
    mutating func arm(at now: Moment) {
        guard self.isPowered, !self.isPaused, !self.isStarved, self.current != nil else { return }
        let lastChange = self.lastChange.map { now.reading($0) } ?? now
        self.lastChange = lastChange
        self.armed = now
        self.due = DueTime(after: lastChange, timing: self.settings.timing, using: &self.generator)
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
