import Foundation
import TestSupport
import Testing

/// A browser as a display: two portraits side by side, and photos that move slowly within their places.
@Suite(.serialized) struct BrowserMotionTests {
    private static let width = 1000
    private static let height = 600

    @Test(.timeLimit(.minutes(5)))
    func `portraits stand side by side, and move evenly unless the browser wants things to stand still`()
        async throws
    {
        let look = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"]
        try await House.withHouse(.embedded) { house in
            house.kill(.viewer)
            let album = try await house.api.createAlbum("Portraits")
            var portraits: [String] = []
            for (index, photo) in [try RealPhotos.dune, try RealPhotos.storm].enumerated() {
                let path = "\(house.folder)/portrait-\(index).jpg"
                try await Self.convert(
                    [photo, "-resize", "x900", "-gravity", "center", "-extent", "600x900", "-quality", "92", path],
                    house)
                try await house.api.upload(path, into: album)
                portraits.append(path)
            }
            try await withTemporaryFolder { folder in
                try await WebDriver.withBrowser(width: Self.width, height: Self.height, log: folder) { screen in
                    try await screen.emulate(width: Self.width, height: Self.height)
                    try await screen.open("\(house.page)/display")
                    let code = try await eventually("the code on the screen") {
                        let text = try await screen.text(of: "[data-testid=code]").filter { !$0.isWhitespace }
                        return text.count == 6 ? text : nil
                    }
                    let id = try await house.api.pair(code, name: "Frame", album: album)
                    var settings: [String: any Sendable] = [
                        "order": "as_listed", "transition": "cut", "interval_time": 60, "pair_portraits": true,
                        "caption": ["album"],
                    ]
                    try await house.api.change(id, ["settings": settings])
                    // The album decides which of them stands on the left.
                    let first = try await eventually("the first portrait") {
                        try await house.api.display(id).showingName
                    }
                    if !portraits[0].hasSuffix(first) { portraits.reverse() }
                    let pair = try await Self.pair(portraits, house)
                    if let look { try await screen.screenshot(to: look + "/first.png") }
                    try await Self.shows(pair, screen, house)
                    let own = try Picture(jpeg: try await house.api.picture(of: id), name: "the display's own picture")
                    #expect(own.psnr(against: pair) > House.likenessLimit)
                    if let look { try await screen.screenshot(to: look + "/pair-of-portraits.png") }

                    settings["motion"] = "ken_burns"
                    try await house.api.change(id, ["settings": settings])
                    try await Self.movesEvenly(screen)
                    try await Self.keepsItsPlaces(screen, house)
                    if let look { try await screen.screenshot(to: look + "/motion.png") }

                    // What is asked for by whoever set the browser up comes before what the server wants.
                    try await screen.devTools(
                        "Emulation.setEmulatedMedia",
                        ["features": [["name": "prefers-reduced-motion", "value": "reduce"]]])
                    settings["background"] = "mat"
                    try await house.api.change(id, ["settings": settings])
                    try await eventually("photos that stand still") {
                        try await screen.count(of: ".place") == 0
                    }
                    try await eventually("the display saying why") {
                        try await house.api.display(id).warnings.contains { $0.contains("less motion") }
                    }
                    if let look { try await screen.screenshot(to: look + "/mat.png") }
                    #expect(try await screen.consoleErrors() == [])
                }
            }
        }
    }

    private static func convert(_ arguments: [String], _ house: House) async throws {
        let convert = try ChildProcess("convert", arguments, log: house.folder + "/convert.log")
        guard try await convert.finished() == 0 else { throw NotInTime(description: convert.output) }
    }

    /// Both as high as the screen, what is left shared out on the left, between them and on the right: by ImageMagick.
    private static func pair(_ portraits: [String], _ house: House) async throws -> Picture {
        let photoWidth = Self.height * 600 / 900
        let free = Self.width - 2 * photoWidth
        let left = (free - free / 3) / 2
        let right = left + photoWidth + free / 3
        let path = "\(house.folder)/pair.jpg"
        try await Self.convert(
            [
                "-size", "\(Self.width)x\(Self.height)", "xc:black",
                "(", portraits[0], "-resize", "\(photoWidth)x\(Self.height)!", ")", "-geometry", "+\(left)+0",
                "-composite", "(", portraits[1], "-resize", "\(photoWidth)x\(Self.height)!", ")", "-geometry",
                "+\(right)+0", "-composite", "-quality", "95", path,
            ], house)
        return try Picture(jpeg: path)
    }

    private static func seen(_ screen: WebDriver, _ house: House) async throws -> Picture {
        try await screen.screenshot(to: house.folder + "/seen.png")
        try await Self.convert([house.folder + "/seen.png", "-quality", "97", house.folder + "/seen.jpg"], house)
        return try Picture(jpeg: house.folder + "/seen.jpg")
    }

    private static func shows(_ picture: Picture, _ screen: WebDriver, _ house: House) async throws {
        try await eventually("both portraits in the window", within: .seconds(40)) {
            let likeness = try await Self.seen(screen, house).psnr(against: picture)
            guard likeness > House.likenessLimit else {
                throw NotInTime(description: "the window is \(likeness) dB from the pair")
            }
            return true
        }
    }

    /// In equal times the pictures grow, or shrink, by the same factor, and both alike.
    private static func movesEvenly(_ screen: WebDriver) async throws {
        try await eventually("both moving") { try await screen.count(of: ".place canvas") == 2 }
        let script = """
            const moving = [...document.querySelectorAll('.place canvas')];
            const scales = moving.map((one) => new DOMMatrix(getComputedStyle(one).transform).a);
            return JSON.stringify([moving[0].getAnimations()[0].currentTime / 1000, ...scales]);
            """
        var samples: [[Double]] = []
        for _ in 0..<5 {
            samples.append(try JSONDecoder().decode([Double].self, from: Data(try await screen.run(script).utf8)))
            // Time has to pass for there to be a motion.
            try await Task.sleep(for: .milliseconds(600))
        }
        let rates = zip(samples, samples.dropFirst()).map { log($1[1] / $0[1]) / ($1[0] - $0[0]) }
        let largest = log(1.125) / 60
        #expect(rates.allSatisfy { abs(abs($0) - largest) < largest / 20 }, "\(samples)")
        #expect(Set(rates.map { $0 > 0 }).count == 1, "it does not turn round: \(samples)")
        #expect(samples.allSatisfy { abs($0[1] - $0[2]) < 1e-4 && (1...1.1251).contains($0[1]) }, "\(samples)")
    }

    /// Between the photos and beside them it stays black.
    private static func keepsItsPlaces(_ screen: WebDriver, _ house: House) async throws {
        let picture = try await Self.seen(screen, house)
        for x in [10, Self.width / 2, Self.width - 10] {
            // Above the captions.
            let index = (Self.height / 3 * Self.width + x) * 3
            #expect(picture.rgb[index..<(index + 3)].allSatisfy { $0 < 12 }, "a photo reaches to \(x)")
        }
    }
}
