import Foundation
import TestSupport
import Testing

/// The page for programs' authors in a real browser. Where `VITRINE_SCREENSHOTS` names a folder, what it looks like is kept
/// there.
struct DescriptionPageTests {
    @Test(.timeLimit(.minutes(2)), arguments: [1280, 390])
    func `a program's author finds a route, what it takes and what it answers`(width: Int) async throws {
        try await RunningServer.withServer { server in
            try await WebDriver.withBrowser(width: width, height: 900, dark: width < 600, log: server.folder) {
                browser in
                let token = try String(contentsOfFile: "\(server.folder)/data/setup-token", encoding: .utf8)
                    .trimmingCharacters(in: .newlines)
                try await browser.open("\(server.base)/setup?token=\(token)")
                try await browser.type("ada", into: "[data-testid=setup-name]")
                try await browser.type("four words in a row", into: "[data-testid=setup-password]")
                try await browser.click("[data-testid=setup-submit]")
                try await eventually("being signed in") { try await browser.url.hasSuffix("/displays") }
                try await browser.open("\(server.base)/account")
                // Not clicked: at the foot of a telephone's screen the menu lies above it.
                _ = try await browser.run("document.querySelector('[data-testid=api-page]').click(); return ''")
                try await eventually("the page") { try await browser.url.hasSuffix("/api") }

                let wide = "return '' + (document.documentElement.scrollWidth <= innerWidth)"
                #expect(try await browser.run(wide) == "true", "nothing hangs over the edge")
                try await Self.keep(browser, "api-\(width)")
                try await browser.type("put photos into", into: "[data-testid=api-search]")
                let visible = """
                    return [...document.querySelectorAll('[data-testid^=route-]')].filter((e) => !e.hidden)
                        .map((e) => e.id).join(' ')
                    """
                try await eventually("fewer routes") {
                    try await browser.run(visible) == "binPhoto addPhotosToAlbum orderAlbum"
                }
                _ = try await browser.run(
                    "document.querySelector('[data-testid=route-addPhotosToAlbum] summary').click(); "
                        + "document.querySelector('[data-testid=route-addPhotosToAlbum]').scrollIntoView(); return ''")
                let text = try await browser.run(
                    "return document.querySelector('[data-testid=route-addPhotosToAlbum]').innerText")
                for part in ["/api/v1/albums/{id}/photos", "Scope photos", "PhotoNumbers", "ChangedAlbum", "409"] {
                    #expect(text.contains(part), "\(part) in \(text)")
                }
                #expect(try await browser.run(wide) == "true", "nothing hangs over the edge")
                try await Self.keep(browser, "api-open-\(width)")

                // A link leads to a shape and opens it.
                try await browser.open("\(server.base)/api#shape-Display")
                try await eventually("the shape being open and in view") {
                    try await browser.run(
                        """
                        const shape = document.getElementById('shape-Display');
                        const top = shape.getBoundingClientRect().top;
                        return '' + (shape.open && top >= 0 && top < innerHeight);
                        """) == "true"
                }
                try await Self.keep(browser, "api-shape-\(width)")
                #expect(try await browser.consoleErrors().isEmpty)
            }
        }
    }

    private static func keep(_ browser: WebDriver, _ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await browser.screenshot(to: "\(folder)/\(name).png")
    }
}
