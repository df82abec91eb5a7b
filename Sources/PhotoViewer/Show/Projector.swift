import DisplayChannel
import Logging
import Synchronization

/// Brings the stage to the projection last asked for: loads pictures before their transition begins, draws every frame
/// of a transition or motion and no frame of a still.
///
/// Two tasks: one draws, the other loads, so that nothing that moves waits for a decoder.
final class Projector: Sendable {
    private struct Shared {
        var projection = Projection()
        /// Counts the changes of `projection` that can be seen.
        var ticket: UInt64 = 0
        /// When the frame that is still owed came due; nil while nothing is.
        var owedSince: ContinuousClock.Instant?
        var rack = PictureRack()
        /// What could not be loaded and was not told yet.
        var failed: [(picture: Projection.Picture, error: StageError)] = []
        /// Pictures that could not be loaded beforehand; not tried again before they are wanted.
        var unloadable: PictureID?
    }

    private let stage: any Stage
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let changed = Signal()
    private let loadable = Signal()

    init(stage: any Stage, logger: Logger) {
        self.stage = stage
        self.logger = logger
    }

    /// Asks for another projection. Returns at once; the newest one counts.
    ///
    /// - Returns: The ticket that the frame showing it will bear, or nil when nothing changes on the stage.
    func update(_ change: (inout Projection) -> Void) -> UInt64? {
        let (ticket, isChanged): (UInt64?, Bool) = self.shared.withLock { shared in
            let before = shared.projection
            change(&shared.projection)
            guard !shared.projection.looksLike(before) else { return (nil, shared.projection != before) }
            shared.ticket += 1
            shared.owedSince = shared.owedSince ?? .now
            return (shared.ticket, true)
        }
        if isChanged { self.changed.raise() }
        return ticket
    }

    /// How long a frame has been owed; zero while the stage shows what it should.
    var lateness: Duration {
        self.shared.withLock { $0.owedSince.map { $0.duration(to: .now) } ?? .zero }
    }

    /// Draws until cancelled. Call it once. Each event is handled before the next frame.
    func run(_ handle: @escaping @Sendable (ProjectorEvent) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.load() }
            await self.draw(handle)
            group.cancelAll()
        }
    }

    // MARK: Loading

    private func load() async {
        while !Task.isCancelled {
            guard let picture = self.shared.withLock({ $0.rack.loading }) else {
                await self.loadable.wait()
                continue
            }
            do throws(StageError) {
                for path in picture.paths { try PhotoFile.check(path) }
                try await self.stage.load(picture.id, from: picture.paths)
                self.shared.withLock { $0.rack.finish(isLoaded: true) }
            } catch {
                self.logger.error("a photo cannot be shown", metadata: ["photo": "\(picture.id)", "error": "\(error)"])
                self.shared.withLock { shared in
                    shared.rack.finish(isLoaded: false)
                    shared.failed.append((picture, error))
                }
            }
            self.changed.raise()
        }
    }

    // MARK: Drawing

    private func draw(_ handle: (ProjectorEvent) async -> Void) async {
        var reel = Reel()
        /// What the last frame with everything on it showed.
        var presented = Projection()
        var presentedTicket: UInt64?
        /// Whether the last frame may stay.
        var isSettled = true
        var isFailing = false
        while !Task.isCancelled {
            await self.tellFailures(shown: reel.current, handle)
            let (projection, ticket) = self.shared.withLock { ($0.projection, $0.ticket) }
            let isReady = self.turn(&reel, to: projection)
            await self.tidy(reel, projection, isReady: isReady)
            guard isReady && ticket != presentedTicket || !isSettled else {
                await self.changed.wait()
                continue
            }
            let started = ContinuousClock.now
            // While its picture is on its way, nothing else of a projection is shown either: words would stand below the
            // wrong photo.
            let scene = reel.scene(of: isReady ? projection : presented, at: started)
            do throws(StageError) {
                let frame = try await self.stage.present(scene)
                if isFailing { await handle(.failing(nil)) }
                isFailing = false
                isSettled = scene.isSettled
                self.shared.withLock { shared in
                    if isReady { shared.owedSince = shared.ticket != ticket || !scene.isSettled ? .now : nil }
                }
                if isReady { presented = projection }
                if isReady, ticket != presentedTicket {
                    presentedTicket = ticket
                    let picture = projection.isDark ? nil : reel.current
                    await handle(.presented(ticket: ticket, frame: frame, picture: picture))
                }
                await self.tidy(reel, projection, isReady: isReady)
                if !isSettled {
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

    /// Starts the transition to the projection's picture if it is loaded.
    ///
    /// - Returns: Whether the projection can be drawn; false while its picture is on its way.
    private func turn(_ reel: inout Reel, to projection: Projection) -> Bool {
        guard !projection.isDark else {
            reel.cut(to: reel.current)
            return true
        }
        guard let picture = projection.picture else {
            reel.cut(to: nil)
            return true
        }
        guard picture.id != reel.current else { return true }
        guard self.shared.withLock({ $0.rack.loaded.contains(picture.id) }) else {
            // Of three pictures the one that is leaving anyway makes room.
            reel.cut(to: reel.current)
            return false
        }
        reel.turn(
            to: picture.id, by: projection.transition, motion: projection.motion,
            frameInterval: self.stage.frameInterval, at: .now)
        return true
    }

    /// Gives up pictures that no frame needs any more and has the next one loaded.
    private func tidy(_ reel: Reel, _ projection: Projection, isReady: Bool) async {
        let upcoming = reel.isTurning ? nil : projection.upcoming
        var needed = reel.needed
        if !projection.isDark, let picture = projection.picture { needed.insert(picture.id) }
        // One more at most: what is wanted now goes before what will be.
        if isReady, let upcoming { needed.insert(upcoming.id) }
        let gone = self.shared.withLock { $0.rack.discard(except: needed) }
        for id in gone { await self.stage.unload(id) }
        let isStarted = self.shared.withLock { shared in
            var wanted = projection.isDark ? [] : [projection.picture].compactMap { $0 }
            if isReady, let upcoming, upcoming.id != shared.unloadable { wanted.append(upcoming) }
            return shared.rack.take(wanted) != nil
        }
        if isStarted { self.loadable.raise() }
    }

    private func tellFailures(shown: PictureID?, _ handle: (ProjectorEvent) async -> Void) async {
        let failed = self.shared.withLock { shared in
            defer { shared.failed = [] }
            for (picture, _) in shared.failed {
                shared.unloadable = picture.id
                // Stay with what is on the stage until told otherwise.
                guard shared.projection.picture == picture else { continue }
                shared.projection.picture = shown.map { .init(id: $0, contents: [], paths: []) }
            }
            return shared.failed
        }
        for (picture, error) in failed { await handle(.unplayable(picture, error)) }
    }
}
