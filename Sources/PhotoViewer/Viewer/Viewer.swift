import DisplayChannel
import Foundation
import Logging
import Planning
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
    /// How long before its time the next photo is decoded.
    static let preparationTime: Duration = .seconds(4)
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
    let screenPower: ScreenPower
    private let clocks: @Sendable () -> Moment
    private(set) var trustedClock: TrustedClock
    let trace: TraceLog?
    /// Whether a command may restart the machine.
    let mayReboot: Bool
    let ended = Signal()
    let logger: Logger
    let timer = Signal()

    var display: DisplayID?
    var name: String?
    var notice = Notice.starting
    var link: (any DisplayLink)?
    /// Where the photo server is, once that is known.
    var server: String?
    /// What keeps a display without photos from going on, a sentence each.
    var missing: [String] = []

    var state: DisplayState {
        // Read once for each state, not once for each question: the names alone may take 256 KiB.
        didSet { (self.photos, self.stateWarnings) = (self.state.photos, self.state.warnings) }
    }
    /// What `state` names.
    private(set) var photos: DisplayState.PhotoSource
    private(set) var stateWarnings: [String]
    var settings = DisplaySettings() {
        didSet { self.rhythm = DayRhythm(self.settings) }
    }
    var rhythm = DayRhythm(DisplaySettings())
    var showSettings: ShowSettings
    /// The screen's pixels before any rotation.
    var panel: PixelSize
    /// What the server's clock says, as far as is known.
    var serverClock: ServerClock?
    var slideshow: Slideshow
    /// Where the slideshow's photos come from; nil before the first playlist.
    var source: DisplayState.PhotoSource?
    /// The playlist's contents by the keys that the cache knows them by.
    var contentsByKey: [String: String] = [:]
    /// The playlist's contents.
    var contents: Set<String> = []
    /// What can be written below each photo of the playlist, by its name.
    var captions: [String: PhotoCaption] = [:]
    var applied = AppliedRevisions()
    var waiting: [Waiting] = []
    var pendingShow: PendingShow?
    /// When each photo last could not be shown.
    var failures: [String: Duration] = [:]
    /// Whether the stage was told what comes next.
    var isPrepared = false
    var identifyUntil: Duration?
    var showsInfo = false
    var status = DisplayStatus()
    var troubles: [String: String] = [:]
    var healthAt: Duration?
    var nextBasis: NextBasis?
    var end: DisplayEnd?
    /// The clock's own task looks at the new deadline by itself; waking it would have it tick for ever.
    var isTicking = false

    /// Takes up what was shown last, from the data folder alone.
    init(
        folder: ViewerFolder, cache: PhotoCache, stage: any Stage, panel: PixelSize, projector: Projector,
        fetcher: PhotoFetcher, screenPictures: ScreenPictures, screenPower: ScreenPower,
        now: @escaping @Sendable () -> Moment,
        isClockSynchronised: @escaping @Sendable () -> Bool, mayReboot: Bool, trace: TraceLog?, logger: Logger
    ) {
        self.folder = folder
        self.cache = cache
        self.stage = stage
        self.panel = panel
        self.projector = projector
        self.fetcher = fetcher
        self.screenPictures = screenPictures
        self.screenPower = screenPower
        self.clocks = now
        self.trace = trace
        self.mayReboot = mayReboot
        self.logger = logger
        let credentials = folder.read(Credentials.self, from: folder.credentialsFile)
        self.display = credentials?.display.id
        self.name = credentials?.display.name
        if credentials != nil { self.notice = .admitted }
        let state = FileChannelMemory(folder).load().state
        (self.state, self.photos, self.stateWarnings) = (state, state.photos, state.warnings)
        let settings = state.settings?.settings ?? DisplaySettings()
        (self.settings, self.rhythm) = (settings, DayRhythm(settings))
        self.showSettings = ShowSettings(self.settings, display: self.display, panel: panel)
        let memory = folder.read(ShowMemory.self, from: folder.showFile)
        let clocks = now()
        self.trustedClock = TrustedClock(
            lastKnown: memory?.wall.map { .seconds($0) }, now: clocks, isSynchronised: isClockSynchronised)
        let isAsleep = self.rhythm.phase(at: self.trustedClock.read(clocks).wall).isAsleep
        let document = memory?.playlist.flatMap { Self.document($0, folder: folder) }
        let slides = document?.slides ?? memory?.images.map(Self.slides(named:))
        self.captions = document?.captions ?? [:]
        self.source = slides == nil ? nil : memory.flatMap(Self.source)
        self.slideshow = Slideshow(
            settings: self.showSettings.slideshow, slides: slides ?? [],
            available: Self.available(slides ?? [], in: cache), isPowered: state.power != .off && !isAsleep,
            snapshot: memory?.snapshot)
        (self.contentsByKey, self.contents) = Self.index(slides ?? [])
        if slides != nil { cache.list(Set(self.contentsByKey.keys)) }
    }

    /// Shows what there is. Call it once, before any event.
    func start() async {
        self.status.version = PhotoViewerVersion.text
        self.status.resolution = .init(width: self.panel.width, height: self.panel.height)
        let showSettings = self.showSettings
        let isDark = !self.slideshow.isPowered
        let light = self.rhythm.phase(at: self.now().wall).light
        _ = self.projector.update { projection in
            projection.look = showSettings.look
            projection.transition = showSettings.transition
            projection.isDark = isDark
            projection.light = light
        }
        self.status.power = self.power
        self.screenPower.want(!isDark)
        await self.lookAtPanel()
        self.perform(self.slideshow.handle(.start, at: self.now()))
        self.followSource()
    }

    /// What the clocks say, by the wall clock of the place where the display hangs; in step, by the server's, which
    /// the other displays of the group go by too.
    func now() -> Moment {
        var moment = self.trustedClock.read(self.clocks())
        if self.settings.groupClock, let serverClock { moment.wall = serverClock.wall(at: moment) }
        moment.offsetFromUTC = .seconds(self.rhythm.clock.offset(at: Int(moment.wall.components.seconds)))
        self.troubles["clock"] =
            self.trustedClock.isWrong
            ? "the clock is not set: it runs behind the last known time, which is used instead" : nil
        return moment
    }

    /// Why the screen is dark, if it is.
    var power: DisplayStatus.Power {
        if self.state.power == .off { return .off }
        return self.slideshow.isPowered ? .on : .asleep
    }

    /// Waits for a command that ends the program, and until its report is on its way for good.
    func nextEnd() async throws -> DisplayEnd {
        while true {
            try Task.checkCancellation()
            if let end = self.end {
                await self.link?.flush(within: .seconds(3))
                return end
            }
            await self.ended.wait()
        }
    }
}

/// What this program calls itself.
package enum PhotoViewerVersion {
    package static let text = "0.1"
}
