import Foundation
import Testing
import TestSupport

/// What the project is for: somebody does something in a browser, and the screen shows it.
@Suite(.serialized) struct BrowserToScreenTests {
    @Test(
        .timeLimit(.minutes(8)),
        arguments: [(House.Mediator.embedded, House.Stage.files), (.etcd, .files), (.embedded, .screen)])
    func `a photo uploaded in the browser is on the display's own screen`(
        mediator: House.Mediator, stage: House.Stage
    ) async throws {
        let (dune, storm) = (try RealPhotos.dune, try RealPhotos.storm)
        try await House.withHouse(mediator, stage: stage, signsIn: false) { house in
            // High enough for a whole card: the bar of the page would lie over one that is scrolled to.
            try await WebDriver.withBrowser(width: 1280, height: 1600, log: house.folder) { browser in
                // The one-time link makes the account.
                try await browser.open("\(house.page)/setup?token=\(try house.setupToken())")
                try await browser.type(HouseAPI.user, into: "[data-testid=setup-name]")
                try await browser.type(HouseAPI.password, into: "[data-testid=setup-password]")
                try await browser.click("[data-testid=setup-submit]")

                // The display showed the token file of this machine, so it is there and online without a click.
                _ = try await browser.element("[data-testid=display-card][data-liveness=online]", within: .seconds(60))

                // An album with two photos.
                try await browser.open("\(house.page)/albums")
                try await browser.type("Desert", into: "[data-testid=album-name]")
                try await browser.click("[data-testid=album-create]")
                try await browser.click("[data-testid=album-list] a")
                _ = try await browser.element("[data-testid=album-title]")
                try await browser.type("\(dune)\n\(storm)", into: "[data-testid=file-input]")
                try await eventually("both photos being in the album", within: .seconds(90)) {
                    try await browser.count(of: "[data-testid=photo-grid] [data-testid=photo]") == 2
                }

                // In the order of the album, so that the test knows what comes next.
                try await house.api.signIn()
                let display = try await house.display()
                try await house.api.change(
                    display.id, ["settings": ["order": "as_listed", "transition_ms": 200] as [String: any Sendable]])

                // The album goes to the display.
                try await browser.open("\(house.page)/displays")
                try await browser.click("[data-testid=album-select] option:nth-child(2)")
                let (first, second) = try await Self.order(house, dune, storm)

                // Each click acts at once.
                try await browser.click("[data-testid=next]")
                try await house.showsOnScreen(second)
                try await Self.cardShows(second, browser, house)
                try await browser.click("[data-testid=previous]")
                try await house.showsOnScreen(first)
                try await Self.cardShows(first, browser, house)

                // A photo chosen among the display's own.
                try await browser.click("[data-testid=choose]")
                let name = URL(fileURLWithPath: second).lastPathComponent
                try await browser.click("[data-testid=show-photo][title=\"\(name)\"]")
                try await house.showsOnScreen(second)
                try await Self.cardShows(second, browser, house)
                try await eventually("the command being acknowledged") {
                    try await browser.text(of: "[data-testid=command]").contains("done after")
                }

                // A short interval moves it on by itself, and the change is acknowledged.
                try await house.api.change(
                    display.id,
                    ["settings": ["interval_time": 2, "interval_units": "seconds"] as [String: any Sendable]])
                try await house.showsOnScreen(first)
                try await eventually("the change being acknowledged") {
                    try await browser.text(of: "[data-testid=delivery]").contains("arrived after")
                }

                let errors = try await browser.consoleErrors()
                #expect(errors == [], "the page complained")
            }
        }
    }

    /// Waits until the card names and shows a photo, and what it shows is what the display itself says is on its screen.
    private static func cardShows(_ photo: String, _ browser: WebDriver, _ house: House) async throws {
        let name = URL(fileURLWithPath: photo).lastPathComponent
        let begun = ContinuousClock.now
        let file = "\(house.folder)/card.png"
        let (width, height) = (160, 90)
        let reference = try await Picture.reference(of: photo, width: width, height: height, folder: house.folder)
        let card = try await eventually("the card showing \(name)") {
            guard try await browser.text(of: "[data-testid=showing]") == name else { return nil as Picture? }
            try await browser.screenshot(of: "[data-testid=display-card] .screen", to: file)
            let card = try await Picture.reference(of: file, width: width, height: height, folder: house.folder)
            let likeness = card.psnr(against: reference)
            // The state stands over a corner of the picture. Two different photos are 15 dB apart or less.
            guard likeness > 17 else { throw NotInTime(description: "the card is \(likeness) dB from \(name)") }
            return card
        }
        print("the card showed \(name) after \((ContinuousClock.now - begun) / .milliseconds(1)) ms")
        let own = "\(house.folder)/own.jpg"
        try Data(try await house.api.picture(of: try await house.display().id)).write(to: URL(fileURLWithPath: own))
        let screen = try await Picture.reference(of: own, width: width, height: height, folder: house.folder)
        #expect(card.psnr(against: screen) > 17, "the card and the display's own picture of \(name)")
    }

    /// Which photo is first on the screen, and which one follows.
    private static func order(_ house: House, _ dune: String, _ storm: String) async throws -> (String, String) {
        let display = try await house.display()
        let showing = try await eventually("the display showing a photo of the album", within: .seconds(60)) {
            try await house.api.display(display.id).showingName
        }
        let (first, second) = showing == URL(fileURLWithPath: dune).lastPathComponent ? (dune, storm) : (storm, dune)
        try await house.showsOnScreen(first)
        return (first, second)
    }
}
