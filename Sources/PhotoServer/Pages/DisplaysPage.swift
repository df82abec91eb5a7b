import DisplayChannel

/// What the page of displays shows.
struct DisplaysPage: Sendable {
    let displays: [DisplayCard]
    let hasAny: Bool
    /// What stands open that people should know of.
    let notices: [String]
    let serverURL: String
    /// Fills the templates that the script copies.
    let blank: DisplayCard

    init(views: [DisplayView], notices: [String], albums: [AlbumView], serverURL: String) {
        self.displays = views.map { DisplayCard($0, albums: albums) }
        self.notices = notices
        self.hasAny = !views.isEmpty
        self.serverURL = serverURL
        self.blank = DisplayCard(blankWith: albums)
    }
}

/// One display as its card's template reads it.
struct DisplayCard: Sendable {
    let id: String
    let name: String
    let size: String
    let liveness: String
    let livenessText: String
    let deliveryState: String
    let deliveryText: String
    let showingName: String
    let showingThumbnail: String?
    let screenNote: String
    let isOn: Bool
    let albums: [AlbumChoice]
    let intervalTime: String
    let units: [Choice]
    let fits: [Choice]
    let orders: [Choice]
    let transitions: [Choice]
    let rotations: [Choice]

    init(_ view: DisplayView, albums: [AlbumView]) {
        self.id = view.id
        self.name = view.name
        self.size = view.size
        self.liveness = view.liveness.rawValue
        self.livenessText = view.livenessText
        self.deliveryState = view.deliveryState.rawValue
        self.deliveryText = view.deliveryText
        self.showingName = view.showingName ?? ""
        self.showingThumbnail = view.showingThumbnail
        self.screenNote = view.screenNote
        self.isOn = view.power == "on"
        self.albums = AlbumChoice.list(albums, current: view.album)
        let settings = DisplaySettings.Reading(members: view.settings).settings
        self.intervalTime = Self.plain(settings.intervalTime)
        self.units = Self.units(settings)
        self.fits = Self.fits(settings)
        self.orders = Self.orders(settings)
        self.transitions = Self.transitions(settings)
        self.rotations = Self.rotations(settings)
    }

    init(blankWith albums: [AlbumView]) {
        let settings = DisplaySettings()
        self.id = ""
        self.name = ""
        self.size = ""
        self.liveness = Liveness.new.rawValue
        self.livenessText = ""
        self.deliveryState = Delivery.State.unknown.rawValue
        self.deliveryText = ""
        self.showingName = ""
        self.showingThumbnail = nil
        self.screenNote = ""
        self.isOn = true
        self.albums = AlbumChoice.list(albums, current: nil)
        self.intervalTime = Self.plain(settings.intervalTime)
        self.units = Self.units(settings)
        self.fits = Self.fits(settings)
        self.orders = Self.orders(settings)
        self.transitions = Self.transitions(settings)
        self.rotations = Self.rotations(settings)
    }

    /// Without ".0" where there is nothing after the point.
    private static func plain(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }

    private static func units(_ settings: DisplaySettings) -> [Choice] {
        Choice.list(
            DisplaySettings.IntervalUnits.allCases.map { ($0.rawValue, $0.rawValue) },
            current: settings.intervalUnits.rawValue)
    }

    private static func fits(_ settings: DisplaySettings) -> [Choice] {
        Choice.list(
            [("contain", "Whole photo"), ("cover", "Fill the screen")], current: settings.fit.rawValue)
    }

    private static func orders(_ settings: DisplaySettings) -> [Choice] {
        Choice.list(
            [("shuffle", "Shuffled"), ("as_listed", "As in the album"), ("newest_first", "Newest first")],
            current: settings.order.rawValue)
    }

    private static func transitions(_ settings: DisplaySettings) -> [Choice] {
        Choice.list(
            [("crossfade", "Crossfade"), ("fade_through_black", "Fade through black"), ("cut", "Cut")],
            current: settings.transition.rawValue)
    }

    private static func rotations(_ settings: DisplaySettings) -> [Choice] {
        Choice.list(
            [("0", "Upright"), ("90", "90° clockwise"), ("180", "Upside down"), ("270", "90° counter-clockwise")],
            current: String(settings.rotation))
    }
}
