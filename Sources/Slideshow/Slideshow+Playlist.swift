extension Slideshow {
    mutating func replacePlaylist(with slides: [Slide], at now: Moment) -> [SlideshowAction] {
        let old = self.playlist
        self.playlist = Playlist(slides)
        self.roundOrder = nil
        let added = self.playlist.slides.map(\.name).filter { !old.contains($0) }
        if old.isEmpty || added.count == self.playlist.count {
            // Another album altogether: none of it is newer than the rest.
            if !old.isEmpty { self.round.startNext() }
        } else {
            self.round.update(added: added, listed: self.playlist.contains)
        }
        self.history.keep(self.playlist.contains)
        guard let current = self.current else { return self.showFirst(at: now) }
        if let listed = self.playlist[current.name] {
            guard listed != current else { return self.continueIfStarved(at: now) }
            return self.refreshCurrent(at: now)
        }
        return self.leave(current, of: old, at: now)
    }

    mutating func add(available contents: Set<String>, at now: Moment) -> [SlideshowAction] {
        self.available.formUnion(contents)
        guard self.current != nil else { return self.showFirst(at: now) }
        let refreshed = self.refreshCurrent(at: now)
        return refreshed.isEmpty ? self.continueIfStarved(at: now) : refreshed
    }

    mutating func remove(available contents: Set<String>, at now: Moment) -> [SlideshowAction] {
        self.available.subtract(contents)
        guard let current = self.current, contents.contains(current.content) else { return [] }
        if let next = self.takeNext() { return self.change(to: next, at: now) }
        return self.clear()
    }

    mutating func start(at now: Moment) -> [SlideshowAction] {
        self.lastChange = now
        guard let current = self.current else { return self.showFirst(at: now) }
        guard self.canShow(current.name) else {
            self.current = nil
            return self.showFirst(at: now)
        }
        return [.show(current)]
    }

    private mutating func showFirst(at now: Moment) -> [SlideshowAction] {
        guard let first = self.takeNext() else { return self.playlist.isEmpty ? [.showNothing] : [] }
        return self.change(to: first, at: now)
    }

    /// The photo on the screen was edited: its new picture replaces it as soon as it is there.
    private mutating func refreshCurrent(at now: Moment) -> [SlideshowAction] {
        guard let current = self.current, let listed = self.playlist[current.name], listed != current else { return [] }
        guard listed.content != current.content else {
            self.current = listed
            return []
        }
        guard self.available.contains(listed.content) else { return [] }
        self.current = listed
        return [.show(listed)]
    }

    /// A change was due but nothing else had arrived; now something may have.
    mutating func continueIfStarved(at now: Moment) -> [SlideshowAction] {
        guard self.isStarved, self.isPowered, !self.isPaused else { return [] }
        guard let next = self.takeNext() else {
            self.isStarved = self.listsAnother
            return []
        }
        return self.change(to: next, at: now)
    }

    /// Whether the playlist names a photo that is not on the screen, available or not.
    var listsAnother: Bool { self.playlist.slides.contains { $0.name != self.current?.name } }

    /// The photo on the screen was taken from the playlist, so it goes at once, in favour of the one that would have
    /// followed it.
    private mutating func leave(_ removed: Slide, of old: Playlist, at now: Moment) -> [SlideshowAction] {
        if self.settings.order != .shuffle {
            let followers = old.names(after: removed.name, order: self.settings.order)
            if let name = followers.first(where: { self.canShow($0) }), let slide = self.playlist[name] {
                self.history.append(name)
                return self.change(to: slide, at: now)
            }
        }
        if let next = self.takeNext() { return self.change(to: next, at: now) }
        // Its successors are on their way. A photo that stays a little too long is better than a black screen.
        if !self.playlist.isEmpty {
            self.isStarved = true
            self.due = nil
            return []
        }
        return self.clear()
    }

    private mutating func clear() -> [SlideshowAction] {
        self.current = nil
        self.due = nil
        self.isStarved = false
        return [.showNothing]
    }
}
