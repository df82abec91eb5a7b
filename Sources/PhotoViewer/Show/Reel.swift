/// The one or two pictures on the stage, how far the one has replaced the other, and how they move. Pure.
struct Reel: Sendable {
    private struct Moving {
        var motion: Motion
        var start: ContinuousClock.Instant

        func zoom(at now: ContinuousClock.Instant) -> Zoom { self.motion.zoom(after: self.start.duration(to: now)) }
        var end: ContinuousClock.Instant { self.start.advanced(by: self.motion.duration) }
    }

    private struct Turn {
        var previous: PictureID?
        var moving: Moving?
        var notes: [Card]
        var transition: Projection.Transition
        var start: ContinuousClock.Instant
    }

    /// Words are dimmed with the picture, but only so far that they can still be read.
    static let darkestNotes = 0.5

    private(set) var current: PictureID?
    private var moving: Moving?
    private var turn: Turn?
    /// The notes of the last frame that was not part of a transition.
    private var notes: [Card] = []
    private var wasDark = false

    init() {}

    var isTurning: Bool { self.turn != nil }

    /// Whether the next frame will differ from one drawn now by itself.
    func isMoving(at now: ContinuousClock.Instant) -> Bool {
        !self.wasDark && (self.turn != nil || self.moving.map { now < $0.end } ?? false)
    }

    /// The pictures that a frame may need.
    var needed: Set<PictureID> { Set([self.current, self.turn?.previous].compactMap { $0 }) }

    /// Begins to replace the current picture.
    ///
    /// - Parameters:
    ///   - motion: How long the new picture is to move; nil when it is not.
    ///   - frameInterval: The first frame already shows this much of the transition: a frame without any of it
    ///     would only be late.
    mutating func turn(
        to id: PictureID, by transition: Projection.Transition, motion: Duration?, frameInterval: Duration,
        at now: ContinuousClock.Instant
    ) {
        let leaving = self.moving
        let isCut = transition.kind == .cut || transition.duration <= .zero || self.wasDark
        let turn = Turn(
            previous: self.current, moving: leaving, notes: self.notes, transition: transition,
            start: now.advanced(by: .zero - max(frameInterval, .milliseconds(16))))
        self.cut(to: id)
        if !isCut { self.turn = turn }
        self.moving = motion.map { time in
            // It moves until it is gone, which takes as long as it takes to come.
            Moving(motion: Motion(of: id, shownFor: time + (isCut ? .zero : transition.duration)), start: now)
        }
    }

    /// Replaces the current picture from one frame to the next, and ends any transition.
    mutating func cut(to id: PictureID?) {
        self.turn = nil
        if id != self.current { self.moving = nil }
        self.current = id
    }

    /// The frame to draw now. Ends a transition that is over.
    mutating func scene(of projection: Projection, at now: ContinuousClock.Instant) -> Scene {
        self.wasDark = projection.isDark
        if projection.isDark { return Scene(look: Look(rotation: projection.look.rotation), light: 0) }
        self.follow(projection.motion, at: now)
        if let turn = self.turn, turn.start.duration(to: now) >= turn.transition.duration { self.turn = nil }
        var scene = Scene(
            current: self.current, look: projection.look, light: projection.light, card: projection.card,
            notes: projection.notes.map { Note($0) })
        scene.notesLight = max(projection.light, Self.darkestNotes)
        scene.currentZoom = self.moving?.zoom(at: now) ?? .none
        scene.isSettled = !self.isMoving(at: now)
        guard let turn = self.turn else {
            self.notes = projection.notes
            return scene
        }
        scene.isTurning = true
        let progress = turn.start.duration(to: now) / turn.transition.duration
        let previousZoom = turn.moving?.zoom(at: now) ?? .none
        switch turn.transition.kind {
        case .cut: break
        case .crossfade:
            (scene.previous, scene.previousZoom) = (turn.previous, previousZoom)
            scene.progress = progress
            scene.notes = Self.notes(from: turn.notes, 1 - progress, to: projection.notes, progress)
        case .fadeThroughBlack where progress < 0.5:
            (scene.current, scene.currentZoom) = (turn.previous, previousZoom)
            scene.light *= 1 - progress * 2
            scene.notes = Self.notes(from: turn.notes, 1 - progress * 2, to: projection.notes, 0)
        case .fadeThroughBlack:
            scene.light *= progress * 2 - 1
            scene.notes = Self.notes(from: turn.notes, 0, to: projection.notes, progress * 2 - 1)
        }
        return scene
    }

    /// Somebody wants pictures to move, or no more, while this one is shown.
    private mutating func follow(_ motion: Duration?, at now: ContinuousClock.Instant) {
        guard let motion else {
            self.moving = nil
            self.turn?.moving = nil
            return
        }
        guard self.moving == nil, let current = self.current else { return }
        self.moving = Moving(motion: Motion(of: current, shownFor: motion), start: now)
    }

    /// Words that belong to both pictures, such as the time, stay; the others come and go with theirs.
    private static func notes(
        from old: [Card], _ oldOpacity: Double, to new: [Card], _ newOpacity: Double
    ) -> [Note] {
        old.filter { !new.contains($0) }.map { Note($0, opacity: oldOpacity) }
            + new.map { Note($0, opacity: old.contains($0) ? 1 : newOpacity) }
    }
}
