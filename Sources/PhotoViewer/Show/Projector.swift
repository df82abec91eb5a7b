import DisplayChannel
import Logging
import Synchronization

/// Brings the stage to the projection last asked for: loads pictures before their transition begins, draws every frame
/// of a transition and no frame of a still.
final class Projector: Sendable {
    private struct Shared {
        var projection = Projection()
        /// Counts the changes of `projection`.
        var ticket: UInt64 = 0
        /// When the frame that is still owed came due; nil while nothing is.
        var owedSince: ContinuousClock.Instant?
    }

    private let stage: any Stage
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let changed = Signal()

    init(stage: any Stage, logger: Logger) {
        self.stage = stage
        self.logger = logger
    }

    /// Asks for another projection. Returns at once; the newest one counts.
    ///
    /// - Returns: The ticket that the frame showing it will bear, or nil when nothing changes on the stage.
    func update(_ change: (inout Projection) -> Void) -> UInt64? {
        let ticket: UInt64? = self.shared.withLock { shared in
            let before = shared.projection
            change(&shared.projection)
            // The next transition's kind is nothing to see.
            var visible = before
            visible.transition = shared.projection.transition
            guard visible != shared.projection else { return nil }
            shared.ticket += 1
            shared.owedSince = shared.owedSince ?? .now
            return shared.ticket
        }
        if ticket != nil { self.changed.raise() }
        return ticket
    }

    /// How long a frame has been owed; zero while the stage shows what it should.
    var lateness: Duration {
        self.shared.withLock { $0.owedSince.map { $0.duration(to: .now) } ?? .zero }
    }

    /// Draws until cancelled. Call it once. Each event is handled before the next frame.
    func run(_ handle: @escaping @Sendable (ProjectorEvent) async -> Void) async {
        var reel = Reel()
        var presentedTicket: UInt64?
        var isFailing = false
        while !Task.isCancelled {
            let (projection, ticket) = self.shared.withLock { ($0.projection, $0.ticket) }
            guard ticket != presentedTicket || reel.isMoving else {
                await self.changed.wait()
                continue
            }
            guard await self.load(projection, into: &reel, handle) else { continue }
            let started = ContinuousClock.now
            let scene = reel.scene(of: projection, at: started)
            do throws(StageError) {
                let frame = try await self.stage.present(scene)
                if isFailing { await handle(.failing(nil)) }
                isFailing = false
                self.shared.withLock { shared in
                    shared.owedSince = shared.ticket != ticket || reel.isMoving ? .now : nil
                }
                if ticket != presentedTicket {
                    presentedTicket = ticket
                    await handle(.presented(ticket: ticket, frame: frame, picture: scene.current))
                }
                for id in reel.takeUnneeded() { await self.stage.unload(id) }
                if reel.isMoving {
                    let rest = self.stage.frameInterval - started.duration(to: .now)
                    if rest > .zero { await self.changed.wait(within: rest) }
                }
            } catch {
                if !isFailing { self.logger.error("drawing fails", metadata: ["error": "\(error)"]) }
                isFailing = true
                await handle(.failing(error))
                await self.changed.wait(within: .seconds(1))
            }
        }
    }

    /// Loads the projection's picture if the reel does not have it, and starts its transition.
    ///
    /// - Returns: Whether the projection can be drawn; false when it has changed or will.
    private func load(
        _ projection: Projection, into reel: inout Reel, _ handle: (ProjectorEvent) async -> Void
    ) async -> Bool {
        guard !projection.isDark else {
            reel.cut(to: reel.current)
            return true
        }
        guard let picture = projection.picture, picture.id != reel.current else {
            if projection.picture == nil { reel.cut(to: nil) }
            return true
        }
        // Never three pictures at once: memory is small.
        reel.cut(to: reel.current)
        for id in reel.takeUnneeded() { await self.stage.unload(id) }
        do throws(StageError) {
            try await self.stage.load(picture.id, from: picture.path)
        } catch {
            self.logger.error("a photo cannot be shown", metadata: ["photo": "\(picture.id)", "error": "\(error)"])
            let shown = reel.current
            self.shared.withLock { shared in
                // Stay with what is on the stage until told otherwise.
                guard shared.projection.picture == picture else { return }
                shared.projection.picture = shown.map { .init(id: $0, path: "") }
            }
            await handle(.unplayable(picture.id, error))
            return false
        }
        let isStillWanted = self.shared.withLock { $0.projection.picture == picture }
        guard isStillWanted else {
            await self.stage.unload(picture.id)
            return false
        }
        reel.turn(to: picture.id, by: projection.transition, frameInterval: self.stage.frameInterval, at: .now)
        return true
    }
}
