/// Decides what a display shows when. Pure: `(event, now) -> actions`; it reads no clock, no disk and no chance but
/// its own seeded generator.
///
/// The caller tells it everything that happens through ``handle(_:at:)``, does what the actions say, and calls again
/// with ``SlideshowEvent/tick`` when ``delay(from:)`` has passed.
package struct Slideshow: Sendable {
    package internal(set) var settings: SlideshowSettings
    /// The photo that is, or is about to be, on the screen.
    package internal(set) var current: Slide?
    /// The photo that stands on its right.
    package internal(set) var companion: Slide?
    /// While true photos change only by command.
    package internal(set) var isPaused: Bool
    /// While false nothing changes at all.
    package internal(set) var isPowered: Bool

    var playlist: Playlist
    var history: SlideHistory
    var round: ShuffleRound
    /// `playlist` in the order of `round`; nil when one of them has changed since.
    var roundOrder: [RankedName]?
    /// Contents that the caller has at hand.
    package internal(set) var available: Set<String>
    var generator: SeededGenerator
    var lastChange: Moment?
    /// The clocks when `due` was computed.
    var armed: Moment?
    var due: DueTime?
    /// A change is overdue because no other photo was available; the next one that arrives is shown at once.
    var isStarved = false
    /// In step: how far commands have moved away from the place of the last instant.
    var stepShift = 0
    /// In step: what belongs on the screen since the last instant, and has not arrived.
    var missed: Spread?
    /// In step: the places of the last round asked for.
    var stepRound: StepRound?
    /// In step: how many places a round has.
    var stepCount: Int?

    /// Starts from nothing, or where `snapshot` left off.
    ///
    /// - Parameters:
    ///   - slides: The playlist that `snapshot` was taken with, so that photos added since are known as new.
    ///   - available: Contents that can be shown at once.
    package init(
        settings: SlideshowSettings, slides: [Slide] = [], available: Set<String> = [], isPowered: Bool = true,
        snapshot: SlideshowSnapshot? = nil
    ) {
        self.settings = settings
        self.playlist = Playlist(slides)
        self.available = available
        self.isPowered = isPowered
        self.history = snapshot?.history ?? SlideHistory()
        self.round = snapshot?.round ?? ShuffleRound(seed: settings.seed)
        self.generator = snapshot?.generator ?? SeededGenerator(seed: settings.seed)
        self.isPaused = snapshot?.isPaused ?? false
        self.round.reseed(settings.seed)
        self.history.keep(self.playlist.contains)
        self.current = (snapshot?.current).flatMap { [playlist] name in playlist[name] }
        if self.current != nil, settings.pairsPortraits {
            self.companion = (snapshot?.companion).flatMap { [playlist] name in playlist[name] }
        }
    }

    /// What is, or is about to be, on the screen.
    package var shown: Spread? { self.current.map { Spread($0, self.companion) } }

    /// All photos of the playlist, as listed.
    package var slides: [Slide] { self.playlist.slides }

    /// What a restart needs to go on from here.
    package var snapshot: SlideshowSnapshot {
        SlideshowSnapshot(
            current: self.current?.name, companion: self.companion?.name, history: self.history, round: self.round,
            generator: self.generator,
            isPaused: self.isPaused)
    }

    /// How long after `now` a ``SlideshowEvent/tick`` is wanted; nil when only another event can change anything.
    package func delay(from now: Moment) -> Duration? { self.due?.delay(from: now) }

    /// When the photo is to change by itself, since 1970-01-01 00:00 UTC; nil when it is not.
    package func nextDue(at now: Moment) -> Duration? { self.due?.wall(at: now) }

    /// The photos that will be shown next, soonest first, as far as can be known, whether available or not.
    package func upcoming(_ limit: Int) -> [Slide] {
        guard !self.settings.isInStep else { return self.upcomingSteps(limit) }
        guard self.settings.order == .shuffle else {
            return self.playlist.names(after: (self.companion ?? self.current)?.name, order: self.settings.order)
                .prefix(limit).compactMap { self.playlist[$0] }
        }
        var simulation = self
        simulation.available = Set(self.playlist.slides.map(\.content))
        var seen: Set<String> = []
        var slides: [Slide] = []
        let wanted = min(limit, self.playlist.count)
        // Another round may bring a photo again before it brings the last new one, hence the factor.
        for _ in 0..<(wanted * 2) where slides.count < wanted {
            guard let spread = simulation.takeNext() else { break }
            (simulation.current, simulation.companion) = (spread.slide, spread.companion)
            slides += spread.slides.filter { seen.insert($0.name).inserted }
        }
        return slides
    }

    /// Takes in what happened and says what is to be done about it, in this order.
    package mutating func handle(_ event: SlideshowEvent, at now: Moment) -> [SlideshowAction] {
        var actions: [SlideshowAction]
        switch event {
        case .start: actions = self.start(at: now)
        case .tick: actions = self.tick(at: now)
        case .settings(let settings): actions = self.apply(settings, at: now)
        case .playlist(let slides): actions = self.replacePlaylist(with: slides, at: now)
        case .available(let contents): actions = self.add(available: contents, at: now)
        case .unavailable(let contents): actions = self.remove(available: contents, at: now)
        case .next:
            actions = self.step(at: now, refusal: "no other photo is ready") { show in
                show.settings.isInStep ? show.takeStep(shiftedBy: 1, at: now) : show.takeNext()
            }
        case .previous:
            actions = self.step(at: now, refusal: "no earlier photo") { show in
                show.settings.isInStep ? show.takeStep(shiftedBy: -1, at: now) : show.takePrevious()
            }
        case .show(let name): actions = self.show(name, at: now)
        case .pause(let isPaused): actions = self.pause(isPaused, at: now)
        case .power(let isOn): actions = self.power(isOn, at: now)
        }
        if self.due == nil { self.arm(at: now) }
        return actions
    }
}
