import DisplayChannel
import Foundation
import Logging
import Slideshow

/// The display's mind: takes in what channel, fetcher, stage and clock say, and tells slideshow, projector and fetcher
/// what to do. Never waits for any of them, so that one event is dealt with before the next.
actor Viewer {
    /// A revision that becomes true for people only with a frame.
    struct Waiting {
        enum Purpose {
            case trace(TraceLog.Kind)
            case command(Topic)
        }

        var purpose: Purpose
        var revision: Int64
        /// The frame; nil while photos have to arrive first.
        var ticket: UInt64?
    }

    /// A photo asked for by name that is still on its way.
    struct PendingShow {
        var name: String
        var revision: Int64
        var giveUpAt: Duration
    }

    static let waitingLimit = 128
    /// How long a photo that cannot be shown is left alone.
    static let benchTime: Duration = .seconds(300)
    /// How long a photo asked for by name may take to arrive.
    static let showPatience: Duration = .seconds(30)

    let folder: ViewerFolder
    let cache: PhotoCache
    let stage: any Stage
    let projector: Projector
    let fetcher: PhotoFetcher
    let screenPictures: ScreenPictures
    let now: @Sendable () -> Moment
    let trace: TraceLog?
    let logger: Logger
    private let timer = Signal()

    var display: DisplayID?
    var name: String?
    var notice = Notice.starting
    var link: (any DisplayLink)?

    var state: DisplayState {
        // Read once for each state, not once for each question: the names alone may take 256 KiB.
        didSet { (self.photos, self.stateWarnings) = (self.state.photos, self.state.warnings) }
    }
    /// What `state` names.
    private(set) var photos: DisplayState.PhotoSource
    private(set) var stateWarnings: [String]
    var settings = DisplaySettings()
    var showSettings: ShowSettings
    var slideshow: Slideshow
    /// Where the slideshow's photos come from; nil before the first playlist.
    var source: DisplayState.PhotoSource?
    /// The cache's file names of the playlist's contents.
    var contentsByFile: [String: String] = [:]
    /// The playlist's contents.
    var contents: Set<String> = []
    var applied = AppliedRevisions()
    var waiting: [Waiting] = []
    var pendingShow: PendingShow?
    /// When each photo last could not be shown.
    var failures: [String: Duration] = [:]
    var identifyUntil: Duration?
    var showsInfo = false
    var status = DisplayStatus()
    var troubles: [String: String] = [:]
    var healthAt: Duration?
    /// The clock's own task looks at the new deadline by itself; waking it would have it tick for ever.
    private var isTicking = false

    /// Takes up what was shown last, from the data folder alone.
    init(
        folder: ViewerFolder, cache: PhotoCache, stage: any Stage, projector: Projector, fetcher: PhotoFetcher,
        screenPictures: ScreenPictures, now: @escaping @Sendable () -> Moment, trace: TraceLog?, logger: Logger
    ) {
        self.folder = folder
        self.cache = cache
        self.stage = stage
        self.projector = projector
        self.fetcher = fetcher
        self.screenPictures = screenPictures
        self.now = now
        self.trace = trace
        self.logger = logger
        let credentials = folder.read(Credentials.self, from: folder.credentialsFile)
        self.display = credentials?.display.id
        self.name = credentials?.display.name
        if credentials != nil { self.notice = .admitted }
        let state = FileChannelMemory(folder).load().state
        (self.state, self.photos, self.stateWarnings) = (state, state.photos, state.warnings)
        if let reading = state.settings { self.settings = reading.settings }
        self.showSettings = ShowSettings(self.settings, display: self.display)
        let memory = folder.read(ShowMemory.self, from: folder.showFile)
        let slides = Self.slides(of: memory, folder: folder)
        self.source = slides == nil ? nil : memory.flatMap(Self.source)
        self.slideshow = Slideshow(
            settings: self.showSettings.slideshow, slides: slides ?? [],
            available: Self.available(slides ?? [], in: cache), isPowered: state.power != .off,
            snapshot: memory?.snapshot)
        (self.contentsByFile, self.contents) = Self.index(slides ?? [])
    }

    /// Shows what there is. Call it once, before any event.
    func start() async {
        self.status.version = PhotoViewerVersion.text
        let size = await self.stage.size()
        self.status.resolution = .init(width: size.width, height: size.height)
        self.status.power = self.slideshow.isPowered ? .on : .off
        let showSettings = self.showSettings
        let isDark = !self.slideshow.isPowered
        _ = self.projector.update { projection in
            projection.look = showSettings.look
            projection.transition = showSettings.transition
            projection.isDark = isDark
        }
        self.perform(self.slideshow.handle(.start, at: self.now()))
        self.followSource()
    }

    /// Ticks when the slideshow or a deadline wants it, until cancelled.
    func runClock() async {
        while !Task.isCancelled {
            await self.timer.wait(within: self.delayToTick())
            guard !Task.isCancelled else { return }
            self.tick()
        }
    }

    /// Has the clock look at the deadlines again.
    func resetClock() {
        if !self.isTicking { self.timer.raise() }
    }

    private func delayToTick() -> Duration {
        let now = self.now()
        // At least once a minute, so that a clock that was set and the machine's health are noticed.
        let deadlines = [self.identifyUntil, self.pendingShow?.giveUpAt].compactMap { $0.map { $0 - now.uptime } }
        let delay = min(self.slideshow.delay(from: now) ?? .seconds(60), .seconds(60))
        return max(deadlines.reduce(delay, min), .zero)
    }

    private func tick() {
        self.isTicking = true
        defer { self.isTicking = false }
        let now = self.now()
        if let end = self.identifyUntil, end <= now.uptime {
            self.identifyUntil = nil
            self.refreshCard()
        }
        if let pending = self.pendingShow, pending.giveUpAt <= now.uptime {
            self.pendingShow = nil
            self.finish(.show, revision: pending.revision, .failed, "the photo did not arrive in time")
        }
        self.perform(self.slideshow.handle(.tick, at: now))
        self.report()
    }

    private static func slides(of memory: ShowMemory?, folder: ViewerFolder) -> [Slide]? {
        if let sha256 = memory?.playlist {
            guard let bytes = folder.playlist(sha256) else { return nil }
            return try? PlaylistDocument(bytes, sha256: sha256).slides
        }
        return memory?.images.map(Self.slides(named:))
    }

    private static func source(of memory: ShowMemory) -> DisplayState.PhotoSource? {
        if let sha256 = memory.playlist { return .playlist(PlaylistReference(sha256: sha256, count: 0)) }
        return memory.images.map { .images($0) }
    }

    static func slides(named names: [String]) -> [Slide] {
        names.map { Slide(name: $0, content: PhotoContent.named($0).text) }
    }

    static func available(_ slides: [Slide], in cache: PhotoCache) -> Set<String> {
        Set(slides.map(\.content).filter { PhotoContent(text: $0).map(cache.contains) ?? false })
    }

    func list(_ slides: [Slide]) { (self.contentsByFile, self.contents) = Self.index(slides) }

    private static func index(_ slides: [Slide]) -> ([String: String], Set<String>) {
        let files = slides.compactMap { slide in
            PhotoContent(text: slide.content).map { ($0.fileName, slide.content) }
        }
        return (Dictionary(files, uniquingKeysWith: { first, _ in first }), Set(slides.map(\.content)))
    }
}

/// What this program calls itself.
package enum PhotoViewerVersion {
    package static let text = "0.1"
}
