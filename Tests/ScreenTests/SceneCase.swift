import PhotoViewer

@testable import Screen

/// A scene with what it must look like at some places.
struct SceneCase: Sendable, CustomStringConvertible {
    struct Probe: Sendable {
        var x: Int
        var y: Int
        var color: RGB
    }

    var name: String
    var current: TestPicture?
    var previous: TestPicture?
    var progress = 1.0
    var look = Look()
    var light = 1.0
    var card: Card?
    var notes: [Card] = []
    var probes: [Probe] = []

    var description: String { self.name }

    var scene: Scene {
        Scene(
            current: self.current.map { PictureID($0.rawValue) },
            previous: self.previous.map { PictureID($0.rawValue) },
            progress: self.progress, look: self.look, light: self.light, card: self.card, notes: self.notes)
    }

    private static let red: RGB = (254, 0, 0)
    private static let green: RGB = (0, 255, 1)
    private static let blue: RGB = (0, 0, 254)
    private static let white: RGB = (255, 255, 255)
    private static let black: RGB = (0, 0, 0)

    /// Probes near the four corners of a 320x180 frame: top left, top right, bottom left, bottom right.
    private static func corners(_ colors: RGB..., inset: Int = 10) -> [Probe] {
        zip([(inset, 10), (319 - inset, 10), (inset, 169), (319 - inset, 169)], colors)
            .map { Probe(x: $0.0, y: $0.1, color: $1) }
    }

    static let all: [SceneCase] = [
        SceneCase(name: "nothing", probes: corners(black, black, black, black)),
        SceneCase(name: "an exact fit", current: .landscape, probes: corners(red, green, blue, white)),
        SceneCase(name: "a gradient, pixel by pixel", current: .gradient),
        SceneCase(
            name: "a portrait contained on black", current: .portrait,
            probes: corners(black, black, black, black) + corners(red, green, blue, white, inset: 118)),
        SceneCase(
            name: "a portrait contained on its blur", current: .portrait, look: Look(background: .blur),
            probes: corners(red, green, blue, white, inset: 118)),
        SceneCase(
            name: "a portrait covering", current: .portrait, look: Look(fit: .cover),
            probes: corners(red, green, blue, white)),
        SceneCase(
            name: "turned by 90", current: .landscape, look: Look(fit: .cover, rotation: .quarter),
            probes: corners(blue, red, white, green)),
        SceneCase(
            name: "turned by 180", current: .landscape, look: Look(rotation: .half),
            probes: corners(white, blue, green, red)),
        SceneCase(
            name: "turned by 270", current: .landscape, look: Look(fit: .cover, rotation: .threeQuarters),
            probes: corners(green, white, red, blue)),
        SceneCase(
            name: "a portrait on its mat", current: .portrait, look: Look(background: .mat),
            probes: corners(red, green, blue, white, inset: 124).map { probe in
                Probe(x: probe.x, y: probe.y < 90 ? 18 : 161, color: probe.color)
            }),
        SceneCase(
            name: "a landscape turned by 270 on its mat", current: .landscape,
            look: Look(fit: .cover, background: .mat, rotation: .threeQuarters)),
        SceneCase(
            name: "a crossfade between mats", current: .portrait, previous: .red, progress: 0.5,
            look: Look(background: .mat)),
        SceneCase(
            name: "a caption and the time", current: .landscape,
            notes: [
                Card(title: "", lines: ["Sunrise · 23 November 2026"], placement: .bottomLeft),
                Card(title: "", lines: ["07:45"], placement: .topRight),
            ], probes: [Probe(x: 10, y: 10, color: red), Probe(x: 10, y: 60, color: red)]),
        SceneCase(
            name: "a portrait turned by 90 on its blur", current: .portrait,
            look: Look(background: .blur, rotation: .quarter), probes: corners(blue, red, white, green)),
        SceneCase(
            name: "the middle of a crossfade", current: .blue, previous: .red, progress: 0.5,
            probes: corners((127, 0, 127), (127, 0, 127), (127, 0, 127), (127, 0, 127))),
        SceneCase(
            name: "the start of a crossfade", current: .blue, previous: .red, progress: 0,
            probes: corners(red, red, red, red)),
        SceneCase(
            name: "a quarter of a crossfade between shapes", current: .portrait, previous: .red, progress: 0.25,
            probes: corners((191, 0, 0), (191, 0, 0), (191, 0, 0), (191, 0, 0))),
        SceneCase(
            name: "a crossfade between shapes on blur", current: .portrait, previous: .gradient, progress: 0.6,
            look: Look(background: .blur)),
        SceneCase(
            name: "a fade from nothing", current: .red, progress: 0.5,
            probes: corners((127, 0, 0), (127, 0, 0), (127, 0, 0), (127, 0, 0))),
        SceneCase(
            name: "half the brightness", current: .landscape, look: Look(brightness: 0.5),
            probes: corners((127, 0, 0), (0, 127, 0), (0, 0, 127), (127, 127, 127))),
        SceneCase(
            name: "half the contrast", current: .landscape, look: Look(contrast: 0.5),
            probes: corners((191, 64, 64), (64, 191, 64), (64, 64, 191), (191, 191, 191))),
        SceneCase(
            name: "no saturation", current: .landscape, look: Look(saturation: 0),
            probes: corners((54, 54, 54), (182, 182, 182), (18, 18, 18), (255, 255, 255))),
        SceneCase(
            name: "everything adjusted", current: .gradient,
            look: Look(brightness: 1.2, contrast: 0.8, saturation: 1.5)),
        SceneCase(
            name: "a quarter of the light", current: .landscape, light: 0.25,
            probes: corners((64, 0, 0), (0, 64, 0), (0, 0, 64), (64, 64, 64))),
        SceneCase(
            name: "a card on black", card: Card(title: "Waiting", lines: ["for approval at", "http://host:8080"])),
        SceneCase(
            name: "a card on a turned photo", current: .gradient, look: Look(rotation: .quarter),
            card: Card(title: "Žluťoučký", lines: ["kůň 1999"], placement: .bottom)),
    ]
}
