import Foundation
import TestSupport
import Testing

/// A browser as a display, from its code to its pixels, with the server and without it.
@Suite(.serialized) struct BrowserDisplayTests {
    @Test(.timeLimit(.minutes(6)), arguments: [House.Mediator.embedded, .etcd])
    func `a browser is let in by its code, shows the album, does as it is told, and plays on without the server`(
        mediator: House.Mediator
    ) async throws {
        let (dune, storm) = (try RealPhotos.dune, try RealPhotos.storm)
        try await House.withHouse(mediator, signsIn: true) { house in
            house.kill(.viewer)
            let album = try await house.api.createAlbum("Desert")
            for photo in [dune, storm] { try await house.api.upload(photo, into: album) }
            let look = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"]

            try await withTemporaryFolder { screenFolder in
                try await WebDriver.withBrowser(width: 1000, height: 700, log: screenFolder) { screen in
                    try await screen.open("\(house.page)/display")
                    let code = try await eventually("the code on the screen") {
                        let text = try await screen.text(of: "[data-testid=code]").filter { !$0.isWhitespace }
                        return text.count == 6 ? text : nil
                    }
                    if let look { try await screen.screenshot(to: look + "/pairing.png") }

                    // Somebody types it on the page.
                    try await withTemporaryFolder { folder in
                        try await WebDriver.withBrowser(log: folder) { page in
                            try await page.open("\(house.page)/signin?next=/pair")
                            try await page.type(HouseAPI.user, into: "[data-testid=sign-in-name]")
                            try await page.type(HouseAPI.password, into: "[data-testid=sign-in-password]")
                            try await page.click("[data-testid=sign-in]")
                            try await page.type(code.lowercased(), into: "[data-testid=pair-code]")
                            _ = try await page.element("[data-testid=pair-display]:not([hidden])")
                            #expect(try await page.text(of: "[data-testid=pair-what]").hasPrefix("A browser of "))
                            try await page.type("Tablet", into: "[data-testid=pair-name]")
                            try await page.click("[data-testid=pair-album] option:nth-child(2)")
                            if let look { try await page.screenshot(to: look + "/pair.png") }
                            try await page.click("[data-testid=pair]")
                            _ = try await page.element("[data-testid=pair-done]:not([hidden])")
                            #expect(try await page.consoleErrors() == [])
                        }
                    }
                    let tablet = try await eventually("the browser being a display") {
                        try await house.api.displays().first { $0.name == "Tablet" }
                    }
                    try await house.api.change(
                        tablet.id,
                        ["settings": ["order": "as_listed", "transition_ms": 200] as [String: any Sendable]])

                    // The album's photos, with their pixels.
                    let first = try await eventually("the first photo", within: .seconds(60)) {
                        try await house.api.display(tablet.id).showingName
                    }
                    let (one, two) =
                        first == URL(fileURLWithPath: dune).lastPathComponent ? (dune, storm) : (storm, dune)
                    try await Self.shows(one, house, tablet.id, screen)
                    try await eventually("the display being online and up to date") {
                        let display = try await house.api.display(tablet.id)
                        return display.liveness == "online" && display.deliveryState == "applied"
                    }
                    if let look { try await screen.screenshot(to: look + "/photo.png") }
                    try await house.api.order(tablet.id, "next")
                    try await Self.shows(two, house, tablet.id, screen)
                    try await house.api.order(tablet.id, "identify")
                    try await eventually("its name on the screen") {
                        try await screen.text(of: "[data-testid=card] h1") == "Tablet"
                    }
                    if let look { try await screen.screenshot(to: look + "/identify.png") }

                    // Both photos are on the disk before the server goes.
                    try await eventually("both photos being kept") {
                        let count = try await screen.run(
                            "return caches.open('vitrine-photos').then((cache) => cache.keys()).then((keys) => keys.length)"
                        )
                        return Int(count) ?? 0 >= 3
                    }
                    try await house.api.change(
                        tablet.id, ["settings": ["interval_time": 1] as [String: any Sendable]])
                    try await eventually("the interval being in effect") {
                        try await house.api.display(tablet.id).deliveryState == "applied"
                    }
                    house.kill(.server)
                    try await Self.changesByItself(screen)
                    // Opened anew, with nobody to ask.
                    try await screen.open("about:blank")
                    try await screen.open("\(house.page)/display")
                    try await Self.changesByItself(screen)
                    #expect(try await screen.count(of: "[data-testid=pairing][hidden]") == 1)

                    // The server is back: the display is heard of again, and what was changed arrives.
                    try await house.start(.server)
                    try await house.api.signIn()
                    try await house.api.change(
                        tablet.id, ["settings": ["interval_time": 3600] as [String: any Sendable]])
                    try await eventually("the change being in effect", within: .seconds(60)) {
                        let display = try await house.api.display(tablet.id)
                        return display.liveness == "online" && display.deliveryState == "applied"
                    }

                    // Removed: everything is forgotten, and another code is shown.
                    try await house.api.remove(tablet.id)
                    let other = try await eventually("another code", within: .seconds(60)) {
                        let text = try await screen.text(of: "[data-testid=code]").filter { !$0.isWhitespace }
                        let isShown = try await screen.count(of: "[data-testid=pairing]:not([hidden])") == 1
                        return isShown && text.count == 6 && text != code ? text : nil
                    }
                    #expect(other != code)
                    let left = try await screen.run(
                        "return caches.open('vitrine-photos').then((cache) => cache.keys()).then((keys) => keys.length)"
                    )
                    #expect(left == "0")
                }
            }
        }
    }

    /// Waits until the browser itself shows `photo`, letterboxed, and says the same over its own picture.
    private static func shows(_ photo: String, _ house: House, _ display: String, _ screen: WebDriver) async throws {
        let file = house.folder + "/seen.png"
        let name = URL(fileURLWithPath: photo).lastPathComponent
        try await eventually("\(name) being in the window", within: .seconds(40)) {
            try await screen.screenshot(to: file)
            // The reference went through a JPEG too.
            let convert = try ChildProcess(
                "convert", [file, "-quality", "97", house.folder + "/seen.jpg"], log: house.folder + "/convert.log")
            guard try await convert.finished() == 0 else { throw NotInTime(description: convert.output) }
            let seen = try Picture(jpeg: house.folder + "/seen.jpg")
            let reference = try await Picture.reference(
                of: photo, width: seen.width, height: seen.height, folder: house.folder)
            let likeness = seen.psnr(against: reference)
            guard likeness > House.likenessLimit else {
                throw NotInTime(description: "the window is \(likeness) dB from \(name)")
            }
            return true
        }
        let own = try Picture(jpeg: try await house.api.picture(of: display), name: "the display's own picture")
        let reference = try await Picture.reference(
            of: photo, width: own.width, height: own.height, folder: house.folder)
        #expect(own.psnr(against: reference) > House.likenessLimit)
    }

    /// Waits until the picture in the window is another one, twice.
    private static func changesByItself(_ screen: WebDriver) async throws {
        let script = """
            const layer = [...document.querySelectorAll('.layer')].sort((a, b) => b.style.zIndex - a.style.zIndex)[0];
            const canvas = layer.querySelector('canvas');
            const data = canvas.getContext('2d').getImageData(0, canvas.height / 2, canvas.width, 1).data;
            return [...data].reduce((sum, value, place) => (sum * 31 + value * (place % 251)) % 1000000007, 7);
            """
        var seen: Set<Int> = []
        try await eventually("two photos in turn", within: .seconds(40)) {
            if let value = Int(try await screen.run(script)) { seen.insert(value) }
            return seen.count >= 2
        }
    }
}
