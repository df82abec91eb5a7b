import Foundation
import TestSupport
import Testing

@testable import PhotoServer

/// The wall in a real browser, with displays that answer.
@Suite(.serialized, .timeLimit(.minutes(4))) struct WallPageTests {
    @Test func `cards are live, found and sorted, and say what became of changes and commands`() async throws {
        try await withTemporaryFolder { folder in
            let house = try await WallHouse(folder: folder, displays: 30, etcdPort: nil)
            defer { house.kill() }
            try await house.start()
            try await house.withDisplays(endpoint: "http://127.0.0.1:\(house.mediatorPort)") {
                for number in 0..<30 {
                    #expect(await house.change(number, "{\"name\":\"Room \(number)\"}") == .acknowledged)
                }
                try await WebDriver.withBrowser(log: folder) { try await Self.look(at: house, $0) }
            }
        }
    }

    private static func look(at house: WallHouse, _ browser: WebDriver) async throws {
        let card = "[data-testid=display-card]"
        try await browser.open("\(house.page)/signin")
        try await browser.type(TestServer.user, into: "[name=name]")
        try await browser.type(TestServer.password, into: "[name=password]")
        try await browser.press(.enter)
        try await eventually("all cards being online") {
            try await browser.count(of: "\(card)[data-liveness=online]") == 30
        }
        #expect(try await browser.text(of: "[data-testid=tally]") == "30 of 30 online")
        #expect(
            try await browser.run(
                "return [...document.querySelectorAll('\(card)')].map((c) => c.card.data.name).join()")
                == (0..<30).map { "Room \($0)" }.joined(separator: ","))
        // Cards far below have no body yet.
        #expect(try await browser.count(of: "\(card) .screen") < 30)

        // Live, without a reload.
        try await browser.run("document.title = 'the same page'")
        _ = await house.change(3, "{\"name\":\"Attic\"}")
        let third = "[data-display=d3]"
        try await eventually("the new name, in its place") {
            try await browser.text(of: "\(card):first-child [data-testid=display-name]") == "Attic"
        }
        try await eventually("the change being acknowledged") {
            try await browser.text(of: "\(third) [data-testid=delivery]").hasPrefix("arrived after")
        }
        try await browser.click("\(third) [data-testid=next]")
        try await eventually("the command being acknowledged") {
            try await browser.text(of: "\(third) [data-testid=command]").contains("done after")
        }

        // Found by words, kept in the address.
        try await browser.type("room 17", into: "[data-testid=wall-search]")
        try await eventually("one card being left") { try await browser.count(of: card) == 1 }
        #expect(try await browser.url.contains("text=room+17"))
        try await browser.clear("[data-testid=wall-search]")
        try await browser.type("no such", into: "[data-testid=wall-search]")
        try await browser.click("[data-action=show-all]")
        try await eventually("all cards being back") { try await browser.count(of: card) == 30 }

        // A page that was asleep, as a hidden tab is, hears what it missed.
        try await browser.run(
            "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
                + "document.dispatchEvent(new Event('visibilitychange'))")
        _ = await house.change(4, "{\"name\":\"Cellar\"}")
        try await browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        try await eventually("what was missed") {
            try await browser.text(of: "[data-display=d4] [data-testid=display-name]") == "Cellar"
        }
        #expect(try await browser.run("return document.title") == "the same page")
        #expect(try await browser.consoleErrors() == [])
    }
}
