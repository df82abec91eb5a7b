@testable import Slideshow

/// A slideshow with hands: a clock that moves when told, and a list of what was shown.
struct Show {
    var slideshow: Slideshow
    var now: Moment
    private(set) var shown: [String] = []
    private(set) var actions: [SlideshowAction] = []

    /// Starts with every photo available, at 2026-11-22 00:00 UTC plus `time`.
    init(
        _ names: [String] = [], settings: SlideshowSettings = SlideshowSettings(), at time: Duration = .zero,
        offsetFromUTC: Duration = .zero, isAvailable: Bool = true
    ) {
        self.slideshow = Slideshow(settings: settings)
        self.now = Moment(uptime: .zero, wall: Show.midnight + time, offsetFromUTC: offsetFromUTC)
        self.handle(.start)
        if isAvailable { self.handle(.available(Set(names))) }
        if !names.isEmpty { self.handle(.playlist(Show.slides(names))) }
    }

    static let midnight: Duration = .seconds(1_795_305_600)

    static func slides(_ names: [String]) -> [Slide] { names.map { Slide(name: $0, content: $0) } }

    mutating func handle(_ event: SlideshowEvent) {
        self.actions = self.slideshow.handle(event, at: self.now)
        for case .show(let slide) in self.actions { self.shown.append(slide.name) }
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

    private mutating func move(_ duration: Duration) {
        self.now.uptime += duration
        self.now.wall += duration
    }
}
