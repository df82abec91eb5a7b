@testable import Slideshow

/// A slideshow with hands: a clock that moves when told, and a list of what was shown.
struct Show {
    var slideshow: Slideshow
    var now: Moment
    /// The photo, or the left one of two, at each change.
    private(set) var shown: [String] = []
    private(set) var spreads: [[String]] = []
    /// The zone's offset at a time; nil for the same at all times.
    var zone: (@Sendable (Duration) -> Duration)?
    private(set) var actions: [SlideshowAction] = []

    /// Starts with every photo available, at 2026-11-22 00:00 UTC plus `time`.
    init(
        _ names: [String] = [], settings: SlideshowSettings = SlideshowSettings(), at time: Duration = .zero,
        offsetFromUTC: Duration = .zero, isAvailable: Bool = true, zone: (@Sendable (Duration) -> Duration)? = nil
    ) {
        self.zone = zone
        self.slideshow = Slideshow(settings: settings)
        let wall = Show.midnight + time
        self.now = Moment(uptime: .zero, wall: wall, offsetFromUTC: zone?(wall) ?? offsetFromUTC)
        self.handle(.start)
        if isAvailable { self.handle(.available(Set(names))) }
        if !names.isEmpty { self.handle(.playlist(Show.slides(names))) }
    }

    static let midnight: Duration = .seconds(1_795_305_600)

    /// Names that begin with `p` are of portraits.
    static func slides(_ names: [String]) -> [Slide] {
        names.map { Slide(name: $0, content: $0, isPortrait: $0.hasPrefix("p")) }
    }

    mutating func handle(_ event: SlideshowEvent) {
        self.actions = self.slideshow.handle(event, at: self.now)
        for case .show(let spread) in self.actions {
            self.shown.append(spread.slide.name)
            self.spreads.append(spread.slides.map(\.name))
        }
    }

    /// Lets time pass, with ticks when they are asked for and never otherwise.
    mutating func pass(_ duration: Duration) {
        let end = self.now.uptime + duration
        while let delay = self.slideshow.delay(from: self.now), self.now.uptime + delay <= end {
            self.move(delay)
            self.handle(.tick)
        }
        self.move(end - self.now.uptime)
    }

    /// Lets the next change come due.
    mutating func passOneChange() {
        guard let delay = self.slideshow.delay(from: self.now) else { return }
        self.move(delay)
        self.handle(.tick)
    }

    mutating func move(_ duration: Duration) {
        self.now.uptime += duration
        self.now.wall += duration
        if let zone = self.zone { self.now.offsetFromUTC = zone(self.now.wall) }
    }
}
