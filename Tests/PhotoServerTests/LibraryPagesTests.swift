import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// The pages of the photo library in a real browser, as a person uses them.
///
/// Where `VITRINE_SCREENSHOTS` names a folder, what they look like is kept there.
struct LibraryPagesTests {
    /// A page at a width and in a scheme.
    struct Look: CustomTestStringConvertible, Sendable {
        let width: Int
        let isDark: Bool
        var testDescription: String { "\(self.width) px, \(self.isDark ? "dark" : "light")" }
        var isPhone: Bool { self.width < 600 }
    }

    private static let folderOfPhotos = "/usr/share/backgrounds/mate"

    static var photos: [String] {
        ((FileManager.default.enumerator(atPath: Self.folderOfPhotos)?.allObjects as? [String]) ?? [])
            .filter { $0.hasSuffix(".jpg") }.sorted().map { "\(Self.folderOfPhotos)/\($0)" }
    }

    static func keep(_ browser: WebDriver, _ name: String, _ look: Look) async throws {
        guard let folder = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await browser.screenshot(to: "\(folder)/\(name)-\(look.width)-\(look.isDark ? "dark" : "light").png")
    }

    /// A server with somebody signed in at the browser.
    static func withPage(
        _ look: Look, mayComplain: Bool = false, _ body: (RunningServer, WebDriver) async throws -> Void
    ) async throws {
        try await RunningServer.withServer { server in
            try await WebDriver.withBrowser(
                width: look.width, height: look.isPhone ? 844 : 900, dark: look.isDark, log: server.folder
            ) { browser in
                if look.isPhone { try await browser.emulate(width: look.width, height: 844) }
                let token = try String(contentsOfFile: "\(server.folder)/data/setup-token", encoding: .utf8)
                    .trimmingCharacters(in: .newlines)
                try await browser.open("\(server.base)/setup?token=\(token)")
                try await browser.type("ada", into: "[data-testid=setup-name]")
                try await browser.type("four words in a row", into: "[data-testid=setup-password]")
                try await browser.click("[data-testid=setup-submit]")
                try await eventually("being signed in") { try await browser.url.hasSuffix("/displays") }
                try await body(server, browser)
                let errors = try await browser.consoleErrors()
                #expect(mayComplain || errors == [], "the page complained: \(errors)")
            }
        }
    }

    static func upload(_ files: [String], _ browser: WebDriver) async throws {
        try await browser.type(files.joined(separator: "\n"), into: "[data-testid=file-input]")
        try await eventually("all being uploaded", within: .seconds(120)) {
            try await browser.text(of: "[data-testid=upload-summary]") == "\(files.count) of \(files.count) uploaded"
        }
        try await eventually("all being in the grid") {
            try await Self.tiles(browser) == files.count
        }
        try await browser.click("[data-testid=uploads-close]")
    }

    static func tiles(_ browser: WebDriver) async throws -> Int {
        try await browser.count(of: "main > .grid > [data-testid=photo]")
    }

    static func names(_ browser: WebDriver) async throws -> [String] {
        try await browser.run(
            "return [...document.querySelectorAll('main > .grid > .tile')].map((tile) => tile.title).join('|')"
        ).split(separator: "|").map(String.init)
    }

    static func expectTiles(_ count: Int, _ browser: WebDriver, _ what: String) async throws {
        try await eventually("\(what): \(count) photos") { try await Self.tiles(browser) == count }
    }

    /// Focus on the n-th photo, as tabbing there would put it.
    static func focus(_ index: Int, _ browser: WebDriver) async throws {
        try await browser.run("document.querySelectorAll('main > .grid > .tile input')[\(index)].focus()")
    }

    @Test(.timeLimit(.minutes(4)))
    func `photos are searched, changed by keyboard alone, and every change is undone`() async throws {
        let look = Look(width: 1280, isDark: false)
        try await Self.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Self.upload(Array(Self.photos.prefix(6)), browser)
            try await Self.keep(browser, "photos", look)

            // Arrows and shift select three; a key each for stars, favourite and the bin.
            try await Self.focus(0, browser)
            try await browser.press(.space)
            try await browser.press(.right, holding: [.shift])
            try await browser.press(.right, holding: [.shift])
            try await eventually("three being selected") {
                try await browser.text(of: "[data-testid=selection-count]") == "3 photos"
            }
            try await browser.press("4")
            try await eventually("the rating being said") {
                try await browser.text(of: "[data-testid=toasts]").contains("Rated 3 photos 4")
            }
            try await browser.press("f")
            try await eventually("three hearts") { try await browser.count(of: ".tile[data-favourite]") == 3 }
            try await browser.press("k")
            try await browser.type("sea, holiday", into: "[data-testid=keywords-add]")
            try await Self.keep(browser, "keywords", look)
            try await browser.press(.enter)
            try await eventually("keywords being said") {
                try await browser.text(of: "[data-testid=toasts]").contains("Keywords of 3 photos")
            }
            try await Self.focus(0, browser)
            try await browser.press(.delete)
            try await Self.expectTiles(3, browser, "three being in the bin")
            try await browser.press("z", holding: [.control])
            try await Self.expectTiles(6, browser, "the bin being undone")

            // Search as you type, filters, and the bin's own list.
            try await browser.press("/")
            try await browser.press("h")
            try await browser.press("o")
            try await browser.press("l")
            try await Self.expectTiles(3, browser, "searching")
            // The first letters find the same photos.
            try await eventually("the address saying so") { try await browser.url.contains("text=hol") }
            try await browser.clear("[data-testid=search]")
            try await browser.run(
                "document.querySelector('[data-testid=search]').dispatchEvent(new Event('input', { bubbles: true }))")
            try await Self.expectTiles(6, browser, "no search")
            try await browser.click("[data-testid=filter-more]")
            try await browser.click("[data-testid=filter-favourite] option[value=no]")
            try await Self.expectTiles(3, browser, "those that are no favourites")
            try await Self.keep(browser, "filters", look)
            try await browser.click("[data-testid=filter-reset]")
            try await Self.expectTiles(6, browser, "no filter")

            // One photo, opened with Enter, changed, turned, closed with Escape.
            try await Self.focus(1, browser)
            try await browser.press(.enter)
            _ = try await browser.element("[data-testid=look][open]")
            try await eventually("the keywords being there") {
                try await browser.run("return document.querySelector('[data-testid=look-keywords]').value")
                    == "holiday, sea"
            }
            try await browser.type("Evening tide", into: "[data-testid=look-title]")
            try await browser.click("[data-testid=look-save]")
            try await eventually("the title being saved") {
                try await browser.text(of: "[data-testid=toasts]").contains("Title of 1 photo")
            }
            let before = try await browser.run(
                "return document.querySelector('[data-testid=look-image]').getAttribute('src')")
            try await browser.click("[data-testid=look-turn]")
            try await eventually("the photo being turned") {
                try await browser.run(
                    """
                    const image = document.querySelector('[data-testid=look-image]');
                    return String(image.getAttribute('src') !== '\(before)' && image.complete && image.naturalHeight > image.naturalWidth);
                    """) == "true"
            }
            try await Self.keep(browser, "look", look)
            try await browser.press(.escape)
            try await eventually("the photo being closed") {
                try await browser.count(of: "[data-testid=look][open]") == 0
            }

            // The list of changes takes back any of them.
            try await browser.click("[data-testid=open-history]")
            try await eventually("the changes being listed") {
                try await browser.count(of: "[data-testid=history] li") >= 5
            }
            try await Self.keep(browser, "history", look)
            try await browser.run(
                "[...document.querySelectorAll('[data-testid=history] li')].find((item) => item.textContent.includes('favourite')).querySelector('button').click()"
            )
            try await eventually("the favourites being undone") {
                try await browser.count(of: ".tile[data-favourite]") == 0
            }
        }
    }

    @Test(.timeLimit(.minutes(4)), arguments: [Look(width: 1280, isDark: true), Look(width: 390, isDark: false)])
    func `albums are put in order, smart albums show their result while they are edited`(look: Look) async throws {
        try await Self.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Self.upload(Array(Self.photos.prefix(5)), browser)
            try await browser.open("\(server.base)/albums")
            try await browser.type("By hand", into: "[data-testid=album-name]")
            try await browser.click("[data-testid=album-create]")
            try await browser.click("[data-testid=album-list] a")
            try await browser.click("[data-testid=add-photos]")
            try await eventually("the chooser having photos") {
                try await browser.count(of: "[data-testid=chooser-grid] [data-testid=photo]") == 5
            }
            try await browser.run(
                "for (const input of document.querySelectorAll('.chooser .grid input')) if (input.closest('.tile') !== input.closest('.grid').lastElementChild) input.click()"
            )
            try await browser.click("[data-testid=chooser-add]")
            try await Self.expectTiles(4, browser, "the album")
            let order = try await Self.names(browser)

            if !look.isPhone {
                try await browser.drag("main > .grid > .tile:nth-child(4)", onto: "main > .grid > .tile:nth-child(1)")
                try await eventually("the last being first") {
                    try await Self.names(browser) == [order[3], order[0], order[1], order[2]]
                }
                try await browser.click(".toast:last-child [data-testid=toast-action]")
                try await eventually("the order being undone") { try await Self.names(browser) == order }
                try await browser.run("document.querySelectorAll('main > .grid > .tile input')[0].focus()")
                try await browser.press(.space)
                try await browser.press(.right, holding: [.alt])
            } else {
                try await browser.run("document.querySelectorAll('main > .grid > .tile input')[0].click()")
                try await Self.keep(browser, "album-selected", look)
                try await browser.run("document.querySelector('[data-testid=later]').click()")
            }
            try await eventually("the first being second") {
                try await Self.names(browser) == [order[1], order[0], order[2], order[3]]
            }
            try await Self.keep(browser, "album", look)

            // A smart album: not in the album by hand; one photo is left.
            try await browser.open("\(server.base)/albums")
            try await browser.click("[data-testid=new-smart]")
            try await browser.type("The rest", into: "[data-testid=rules-name]")
            try await browser.click("[data-testid=rule-field] option[value=album]")
            try await eventually("the preview counting") {
                try await browser.text(of: "[data-testid=rules-count]") == "4"
            }
            try await browser.click("[data-testid=rule-not] option[value=not]")
            try await eventually("the preview counting the others") {
                try await browser.text(of: "[data-testid=rules-count]") == "1"
            }
            try await browser.click("[data-testid=add-group]")
            try await browser.type("nothing", into: ".rule-group .rule-group [data-testid=rule-value]")
            try await eventually("a group in a group counting") {
                try await browser.text(of: "[data-testid=rules-count]") == "0"
            }
            try await Self.keep(browser, "rules", look)
            try await browser.click("[data-testid=group-remove]")
            try await eventually("the group being gone") {
                try await browser.text(of: "[data-testid=rules-count]") == "1"
            }
            try await browser.click("[data-testid=rules-save]")
            _ = try await browser.element("[data-testid=edit-rule]")
            try await Self.expectTiles(1, browser, "the smart album")
            let smart = try await browser.url

            // What is taken out of the other album appears here by itself.
            let api = try await browser.run("return document.querySelector('meta[name=csrf-token]').content")
            try await browser.run(
                """
                fetch('/api/v1/albums/1/photos', { method: 'DELETE', headers: { 'X-CSRF-Token': '\(api)', 'Content-Type': 'application/json' }, body: JSON.stringify({ photos: [1, 2] }) })
                """)
            try await eventually("the smart album following", within: .seconds(10)) {
                try await Self.tiles(browser) > 1
            }
            #expect(try await browser.url == smart)

            try await browser.open("\(server.base)/albums")
            try await browser.click("[data-testid=new-group]")
            try await browser.type("Everything", into: "[data-testid=group-name]")
            try await browser.run(
                "for (const box of document.querySelectorAll('[data-testid=group-albums] input')) box.click()")
            try await browser.click("[data-testid=group-save]")
            try await Self.expectTiles(5, browser, "the album of albums")
            try await browser.open("\(server.base)/albums")
            _ = try await browser.element("[data-testid=album]:nth-child(3)")
            try await Self.keep(browser, "albums", look)
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func `a batch of uploads goes on after the server was killed in the middle of it`() async throws {
        let look = Look(width: 390, isDark: true)
        // The lost connection is in the console, as it should be.
        try await Self.withPage(look, mayComplain: true) { server, browser in
            try await browser.open("\(server.base)/photos")
            // Parts of 8 MB: a file that takes several of them.
            let path = "\(server.folder)/large.jpg"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: Self.photos[0]))
            bytes.append(Data(count: 30 << 20))
            try bytes.write(to: URL(fileURLWithPath: path))
            let batch = [path] + Self.photos.dropFirst().prefix(4)
            try await browser.type(batch.joined(separator: "\n"), into: "[data-testid=file-input]")
            try await eventually("some of it having arrived", within: .seconds(30)) {
                try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/data/incoming")
                    .contains { name in
                        guard name.hasSuffix(".partial") else { return false }
                        let size =
                            try FileManager.default.attributesOfItem(
                                atPath: "\(server.folder)/data/incoming/\(name)")[.size] as? Int
                        return size ?? 0 > 1 << 20
                    }
            }
            server.process.kill()
            let again = try ChildProcess(
                try BuiltProgram.photoserver,
                [
                    "serve", "--data", "\(server.folder)/data", "--listen", "127.0.0.1:\(server.port)", "--etcd-listen",
                    "127.0.0.1:\(server.storePort)",
                ], log: "\(server.folder)/again.log")
            defer { again.kill() }
            try await eventually("the upload being finished", within: .seconds(90)) {
                try await browser.text(of: "[data-testid=upload-summary]") == "5 of 5 uploaded"
            }
            try await Self.expectTiles(5, browser, "each once")
            try await Self.keep(browser, "uploads", look)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/data/incoming").isEmpty)
        }
    }
}
