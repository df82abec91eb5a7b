/// The one or two pictures on the stage, and how far the one has replaced the other. Pure.
struct Reel: Sendable {
    private struct Turn {
        var previous: PictureID?
        var transition: Projection.Transition
        var start: ContinuousClock.Instant
    }

    private(set) var current: PictureID?
    private var turn: Turn?
    private var unneeded: [PictureID] = []
    private var wasDark = false

    init() {}

    /// Whether the next frame will differ from this one by itself.
    var isMoving: Bool { self.turn != nil }

    /// Begins to replace the current picture.
    ///
    /// - Parameter frameInterval: The first frame already shows this much of the transition: a frame without any of it
    ///   would only be late.
    mutating func turn(
        to id: PictureID, by transition: Projection.Transition, frameInterval: Duration,
        at now: ContinuousClock.Instant
    ) {
        guard transition.kind != .cut, transition.duration > .zero, !self.wasDark else { return self.cut(to: id) }
        self.turn = Turn(
            previous: self.current, transition: transition,
            start: now.advanced(by: .zero - max(frameInterval, .milliseconds(16))))
        self.current = id
    }

    /// Replaces the current picture from one frame to the next, and ends any transition.
    mutating func cut(to id: PictureID?) {
        if let previous = self.turn?.previous { self.unneeded.append(previous) }
        if let current = self.current, current != id { self.unneeded.append(current) }
        self.turn = nil
        self.current = id
    }

    /// The pictures that no frame needs any more; each is given once.
    mutating func takeUnneeded() -> [PictureID] {
        defer { self.unneeded = [] }
        return self.unneeded.filter { $0 != self.current }
    }

    /// The frame to draw now. Ends a transition that is over.
    mutating func scene(of projection: Projection, at now: ContinuousClock.Instant) -> Scene {
        self.wasDark = projection.isDark
        if projection.isDark { return Scene(look: Look(rotation: projection.look.rotation), light: 0) }
        let settled = Scene(
            current: self.current, look: projection.look, light: projection.light, card: projection.card,
            notes: projection.notes)
        guard let turn = self.turn else { return settled }
        let progress = turn.start.duration(to: now) / turn.transition.duration
        guard progress < 1 else {
            self.cut(to: self.current)
            return settled
        }
        var scene = settled
        scene.isSettled = false
        switch turn.transition.kind {
        case .cut: break
        case .crossfade:
            scene.previous = turn.previous
            scene.progress = progress
        case .fadeThroughBlack where progress < 0.5:
            scene.current = turn.previous
            scene.light *= 1 - progress * 2
        case .fadeThroughBlack:
            scene.light *= progress * 2 - 1
        }
        return scene
    }
}
