import DisplayChannel
import Slideshow

/// A display's settings in the terms of those who act on them, with what this display cannot do as asked.
struct ShowSettings: Hashable, Sendable {
    var slideshow: SlideshowSettings
    var look: Look
    var transition: Projection.Transition
    /// Whether photos move while they are shown.
    var moves: Bool
    var warnings: [String] = []

    /// - Parameters:
    ///   - display: Seeds the shuffle where the settings give no seed, so that displays differ.
    ///   - panel: The screen's pixels before any rotation, which say whether portraits have room side by side.
    init(_ settings: DisplaySettings, display: DisplayID?, panel: PixelSize) {
        let unit: Duration =
            switch settings.intervalUnits {
            case .seconds: .seconds(1)
            case .minutes: .seconds(60)
            case .hours: .seconds(3600)
            case .days: .seconds(86400)
            }
        let interval = unit * settings.intervalTime
        if interval < ChangeTiming.shortestInterval {
            self.warnings.append("interval_time was raised to \(ChangeTiming.shortestInterval)")
        }
        let timing = ChangeTiming(
            interval: interval, base: IntervalBase(settings.intervalBase) ?? .lastChange,
            variancePercent: settings.variancePercent, usesHalfLife: settings.useHalflife)
        let order: SlideOrder =
            switch settings.order {
            case .shuffle: .shuffle
            case .asListed: .asListed
            case .newestFirst: .newestFirst
            }
        // In step, displays of a group that nobody gave a seed agree on one.
        let ownSeed = settings.groupClock ? Self.seed(of: settings.group) : Self.seed(of: display?.text ?? "")
        let rotation = Look.Rotation(rawValue: settings.rotation) ?? .none
        let canvas = rotation.swapsSides ? panel.transposed : panel
        self.slideshow = SlideshowSettings(
            timing: timing, order: order, seed: settings.shuffleSeed == 0 ? ownSeed : settings.shuffleSeed,
            pairsPortraits: settings.pairsPortraits && canvas.width > canvas.height, isInStep: settings.groupClock)
        self.moves = settings.motion == .kenBurns

        let background: Look.Background =
            switch settings.background {
            case .black: .black
            case .blur: .blur
            case .mat: .mat
            }
        self.look = Look(
            fit: settings.fit == .cover ? .cover : .contain, background: background,
            rotation: rotation, brightness: settings.brightness,
            contrast: settings.contrast, saturation: settings.saturation)
        let kind: Projection.Transition.Kind =
            switch settings.transition {
            case .cut: .cut
            case .crossfade: .crossfade
            case .fadeThroughBlack: .fadeThroughBlack
            }
        self.transition = .init(kind: kind, duration: .milliseconds(settings.transitionMilliseconds))
    }

    private static func seed(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
