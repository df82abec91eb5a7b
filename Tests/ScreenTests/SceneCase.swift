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
    /// Two portraits stand in for `current`, or for `previous`.
    var isPair = false
    var wasPair = false
    var progress = 1.0
    var zoom = Zoom.none
    var previousZoom = Zoom.none
    var look = Look()
    var light = 1.0
    var card: Card?
    var notes: [Note] = []
    var notesLight = 1.0
    var probes: [Probe] = []

    var description: String { self.name }

    private static let pair = PictureID("portrait+tower")

    var scene: Scene {
        var scene = Scene(
            current: self.isPair ? Self.pair : self.current.map { PictureID($0.rawValue) },
            previous: self.wasPair ? Self.pair : self.previous.map { PictureID($0.rawValue) },
            progress: self.progress, look: self.look, light: self.light, card: self.card, notes: self.notes)
        (scene.currentZoom, scene.previousZoom) = (self.zoom, self.previousZoom)
        scene.notesLight = self.notesLight
        return scene
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

    static let all: [SceneCase] =
        [
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
                    Note(Card(title: "", lines: ["Sunrise · 23 November 2026"], placement: .bottomLeft)),
                    Note(Card(title: "", lines: ["07:45"], placement: .topRight)),
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
        ] + pairs + motions + words + turned

    private static let yellow: RGB = (255, 255, 0)
    private static let cyan: RGB = (0, 255, 255)

    // On 320x180 a portrait of 9:16 takes 101 pixels and a tower of 1:3 takes 60: 159 are free, 53 for each gap.
    private static let pairs: [SceneCase] = [
        SceneCase(
            name: "a pair on black", isPair: true,
            probes: [
                Probe(x: 20, y: 90, color: black), Probe(x: 70, y: 20, color: red), Probe(x: 140, y: 20, color: green),
                Probe(x: 70, y: 160, color: blue), Probe(x: 180, y: 90, color: black),
                Probe(x: 236, y: 30, color: yellow), Probe(x: 236, y: 150, color: cyan),
                Probe(x: 300, y: 90, color: black),
            ]),
        SceneCase(name: "a pair on its blur", isPair: true, look: Look(background: .blur)),
        SceneCase(
            name: "a pair on its mat", isPair: true, look: Look(background: .mat),
            probes: [Probe(x: 236, y: 40, color: yellow), Probe(x: 236, y: 140, color: cyan)]),
        SceneCase(
            name: "a pair upside down", isPair: true, look: Look(rotation: .half),
            probes: [Probe(x: 83, y: 150, color: yellow), Probe(x: 83, y: 30, color: cyan)]),
        SceneCase(
            name: "from a pair to a photo", current: .red, wasPair: true, progress: 0.5,
            probes: [Probe(x: 20, y: 90, color: (127, 0, 0)), Probe(x: 236, y: 150, color: (127, 127, 127))]),
        SceneCase(
            name: "from a photo to a pair on blur", previous: .gradient, isPair: true, progress: 0.7,
            look: Look(background: .blur)),
    ]

    private static let motions: [SceneCase] = [
        SceneCase(
            name: "enlarged about the centre", current: .landscape, zoom: Zoom(scale: 1.125, x: 0.5, y: 0.5),
            probes: corners(red, green, blue, white)),
        // The point at 0.25 of the width stays; the middle, 80 pixels right of it, is 10 pixels further.
        SceneCase(
            name: "enlarged about a point", current: .landscape, zoom: Zoom(scale: 1.125, x: 0.25, y: 0.25),
            probes: [
                Probe(x: 165, y: 10, color: red), Probe(x: 175, y: 10, color: green),
                Probe(x: 10, y: 91, color: red), Probe(x: 10, y: 100, color: blue),
            ]),
        SceneCase(
            name: "enlarged within its place", current: .portrait, zoom: Zoom(scale: 1.1, x: 0.5, y: 0.5),
            look: Look(background: .mat)),
        SceneCase(
            name: "a pair enlarged on its blur", isPair: true, zoom: Zoom(scale: 1.1, x: 0.3, y: 0.7),
            look: Look(background: .blur)),
        SceneCase(
            name: "both moving in a fade", current: .gradient, previous: .portrait, progress: 0.4,
            zoom: Zoom(scale: 1.02, x: 0.3, y: 0.6), previousZoom: Zoom(scale: 1.11, x: 0.7, y: 0.4)),
        SceneCase(
            name: "moving on a turned screen", current: .landscape, zoom: Zoom(scale: 1.125, x: 0.25, y: 0.25),
            look: Look(fit: .cover, rotation: .quarter)),
    ]

    private static let caption = Card(title: "", lines: ["Sunrise"], placement: .bottomLeft)
    private static let words: [SceneCase] = [
        SceneCase(
            name: "captions of a pair", isPair: true,
            notes: [Note(caption), Note(Card(title: "", lines: ["Tower"], placement: .bottomRight))]),
        SceneCase(name: "a caption on white", current: .white, notes: [Note(caption)]),
        SceneCase(name: "a caption half faded", current: .white, notes: [Note(caption, opacity: 0.5)]),
        SceneCase(
            name: "a caption in the evening", current: .white, light: 0.4, notes: [Note(caption)], notesLight: 0.4),
        SceneCase(
            name: "a caption that is gone", current: .white, notes: [Note(caption, opacity: 0)],
            probes: corners(white, white, white, white)),
    ]

    /// Every rotation with every background and fit.
    private static let turned: [SceneCase] = Look.Rotation.allCases.flatMap { rotation in
        [Look.Background.black, .blur, .mat].flatMap { background in
            [Look.Fit.contain, .cover].map { fit in
                SceneCase(
                    name: "turned by \(rotation.rawValue), \(fit) on \(background)", current: .portrait,
                    look: Look(fit: fit, background: background, rotation: rotation))
            }
        }
    }
}
