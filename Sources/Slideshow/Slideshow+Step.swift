/// Displays in step: time alone decides.
extension Slideshow {
    private var stepClock: StepClock { StepClock(interval: self.settings.timing.interval) }

    /// The next instant.
    func stepDue(at now: Moment) -> DueTime {
        DueTime(wall: self.stepClock.instant(self.stepClock.number(at: now.wall) + 1))
    }

    /// What a change at this moment brings.
    mutating func takeDue(at now: Moment) -> Spread? {
        self.settings.isInStep ? self.takeStep(self.stepClock.number(at: now.wall)) : self.takeNext()
    }

    /// What the next change by itself will bring, as far as it has arrived.
    package var next: Spread? {
        var simulation = self
        guard self.settings.isInStep else { return simulation.takeNext() }
        return self.due?.instant.flatMap { simulation.takeStep(self.stepClock.number(at: $0)) }
    }

    /// The photos of the next instants, soonest first.
    func upcomingSteps(_ limit: Int) -> [Slide] {
        var simulation = self
        let fresh = ShuffleRound(seed: self.settings.seed).order(of: self.round.fresh)
        var slides = fresh.compactMap { self.playlist[$0.name] }
        var seen = Set(slides.map(\.name))
        let last = self.stepClock.number(at: self.due?.instant ?? self.lastChange?.wall ?? .zero) - 1
        for number in 1...max(self.playlist.count, 1) where slides.count < limit {
            guard let place = simulation.place(last + number) else { break }
            slides += place.slides.filter { seen.insert($0.name).inserted }
        }
        return Array(slides.prefix(limit))
    }

    /// Brings what belongs on the screen at this moment, if it is another.
    mutating func join(at now: Moment) -> [SlideshowAction] {
        guard let spread = self.takeStep(self.stepClock.number(at: now.wall)), spread != self.shown else { return [] }
        return self.change(to: spread, at: now)
    }

    /// Moves by commands: displays that get the same ones stay in step.
    mutating func takeStep(shiftedBy shift: Int, at now: Moment) -> Spread? {
        let shift = self.stepShift + shift
        let number = self.stepClock.number(at: now.wall) + shift
        guard let spread = self.place(number, direction: shift < self.stepShift ? -1 : 1, avoids: self.shown) else {
            return nil
        }
        self.stepShift = shift
        self.note(spread)
        return spread
    }

    /// What belongs to the instant `number`, or what can be shown instead.
    private mutating func takeStep(_ number: Int) -> Spread? {
        self.stepShift = 0
        self.missed = nil
        if let spread = self.takeFresh() { return spread }
        let wanted = self.place(number)
        let spread = wanted.flatMap(self.present)
        if spread == nil || spread != wanted { self.missed = wanted }
        let chosen = spread ?? self.place(number, direction: 1, avoids: nil)
        if let chosen { self.note(chosen) }
        return chosen
    }

    /// What was missing when its instant came, once it is there.
    mutating func takeMissed() -> Spread? {
        guard let missed = self.missed, self.stepShift == 0, self.present(missed) == missed else { return nil }
        self.missed = nil
        self.note(missed)
        return missed
    }

    /// New photos have no place of their own before all displays of the group have them, so they come in an order of
    /// their own.
    private mutating func takeFresh() -> Spread? {
        let canShow = self.eligibility()
        let order = ShuffleRound(seed: self.settings.seed).order(of: self.round.fresh)
        guard let first = order.first(where: { canShow($0.name) }), let slide = self.playlist[first.name] else {
            return nil
        }
        let isPaired = self.settings.pairsPortraits && slide.isPortrait
        let second = order.first { ranked in
            isPaired && ranked != first && canShow(ranked.name) && self.playlist[ranked.name]?.isPortrait == true
        }
        let spread = Spread(slide, second.flatMap { self.playlist[$0.name] })
        self.note(spread)
        return spread
    }

    private mutating func note(_ spread: Spread) {
        self.history.append(spread.slide.name, with: spread.companion?.name)
        for slide in spread.slides { self.round.markShown(slide.name) }
    }

    /// The place of a number, whether its photos have arrived or not.
    private mutating func place(_ number: Int) -> Spread? {
        let count = self.stepCount ?? StepRound.count(of: self.playlist, settings: self.settings)
        self.stepCount = count
        guard count > 0 else { return nil }
        let index = ((number % count) + count) % count
        let round = (number - index) / count
        if self.stepRound?.number != round {
            self.stepRound = StepRound(round, of: self.playlist, settings: self.settings)
        }
        return self.stepRound?.places[index]
    }

    /// The nearest place from `number` on of which something can be shown.
    private mutating func place(_ number: Int, direction: Int, avoids shown: Spread?) -> Spread? {
        for step in 0..<max(self.playlist.count, 1) {
            guard let place = self.place(number + step * direction) else { return nil }
            if let spread = self.present(place), spread != shown { return spread }
        }
        return nil
    }

    /// As much of a place as has arrived.
    private func present(_ place: Spread) -> Spread? {
        let slides = place.slides.filter { self.available.contains($0.content) }
        return slides.first.map { Spread($0, slides.dropFirst().first) }
    }
}
