extension Slideshow {
    mutating func replacePlaylist(with slides: [Slide], at now: Moment) -> [SlideshowAction] {
        let old = self.playlist
        self.playlist = Playlist(slides)
        self.roundOrder = nil
        self.forgetSteps()
        let added = self.playlist.slides.map(\.name).filter { !old.contains($0) }
        if old.isEmpty || added.count == self.playlist.count {
            // Another album altogether: none of it is newer than the rest.
            if !old.isEmpty { self.round.startNext() }
            self.round.forgetFresh()
        } else {
            self.round.update(added: added, listed: self.playlist.contains)
        }
        self.history.keep(self.playlist.contains)
        guard let current = self.current else { return self.showFirst(at: now) }
        guard self.playlist.contains(current.name) else { return self.leave(current, of: old, at: now) }
        let refreshed = self.refreshShown()
        return refreshed.isEmpty ? self.continueIfStarved(at: now) : refreshed
    }

    mutating func add(available contents: Set<String>, at now: Moment) -> [SlideshowAction] {
        self.available.formUnion(contents)
        guard self.current != nil else { return self.showFirst(at: now) }
        let refreshed = self.refreshShown()
        guard refreshed.isEmpty else { return refreshed }
        if self.isPowered, !self.isPaused, let missed = self.takeMissed() { return self.change(to: missed, at: now) }
        return self.continueIfStarved(at: now)
    }

    mutating func remove(available contents: Set<String>, at now: Moment) -> [SlideshowAction] {
        self.available.subtract(contents)
        guard let shown = self.shown, shown.slides.contains(where: { contents.contains($0.content) }) else { return [] }
        if let other = shown.slides.first(where: { !contents.contains($0.content) }) {
            return self.keep(Spread(other))
        }
        if let next = self.takeNext() { return self.change(to: next, at: now) }
        return self.clear()
    }

    mutating func start(at now: Moment) -> [SlideshowAction] {
        self.lastChange = now
        guard let current = self.current else { return self.showFirst(at: now) }
        if let companion = self.companion, !self.canShow(companion.name) { self.companion = nil }
        guard self.canShow(current.name) else {
            (self.current, self.companion) = (nil, nil)
            return self.showFirst(at: now)
        }
        if self.settings.isInStep, self.isPowered, !self.isPaused {
            let joined = self.join(at: now)
            if !joined.isEmpty { return joined }
        }
        return [.show(Spread(current, self.companion))]
    }

    private mutating func showFirst(at now: Moment) -> [SlideshowAction] {
        guard let first = self.takeDue(at: now) else { return self.playlist.isEmpty ? [.showNothing] : [] }
        return self.change(to: first, at: now)
    }

    /// A photo on the screen was edited, or taken from the playlist while the one beside it was not: what is there now
    /// replaces it as soon as it has arrived.
    private mutating func refreshShown() -> [SlideshowAction] {
        guard let current = self.current else { return [] }
        func newest(_ slide: Slide) -> Slide {
            guard let listed = self.playlist[slide.name] else { return slide }
            return listed.content == slide.content || self.available.contains(listed.content) ? listed : slide
        }
        let companion = self.companion.flatMap { self.playlist.contains($0.name) ? newest($0) : nil }
        return self.keep(Spread(newest(current), companion))
    }

    /// The same on the screen, with another picture of it or less of it; its time goes on.
    private mutating func keep(_ spread: Spread) -> [SlideshowAction] {
        guard let shown = self.shown else { return [] }
        (self.current, self.companion) = (spread.slide, spread.companion)
        return shown.slides.map(\.content) == spread.slides.map(\.content) ? [] : [.show(spread)]
    }

    /// A change was due but nothing else had arrived; now something may have.
    mutating func continueIfStarved(at now: Moment) -> [SlideshowAction] {
        guard self.isStarved, self.isPowered, !self.isPaused else { return [] }
        guard let next = self.takeDue(at: now), next != self.shown else {
            self.isStarved = self.listsAnother
            return []
        }
        return self.change(to: next, at: now)
    }

    /// Whether the playlist names a photo that is not on the screen, available or not.
    var listsAnother: Bool { self.playlist.slides.contains { self.shown?.contains($0.name) != true } }

    /// The photo on the screen was taken from the playlist, so it goes at once, in favour of the one that would have
    /// followed it.
    private mutating func leave(_ removed: Slide, of old: Playlist, at now: Moment) -> [SlideshowAction] {
        if !self.settings.isInStep, self.settings.order != .shuffle {
            let followers = old.names(after: removed.name, order: self.settings.order)
            if let name = followers.first(where: { self.canShow($0) }), let slide = self.playlist[name] {
                self.history.append(name)
                return self.change(to: Spread(slide), at: now)
            }
        }
        if let next = self.takeDue(at: now) { return self.change(to: next, at: now) }
        // Its successors are on their way. A photo that stays a little too long is better than a black screen.
        if !self.playlist.isEmpty {
            self.isStarved = true
            self.due = nil
            return []
        }
        return self.clear()
    }

    private mutating func clear() -> [SlideshowAction] {
        (self.current, self.companion) = (nil, nil)
        self.due = nil
        self.isStarved = false
        return [.showNothing]
    }
}
