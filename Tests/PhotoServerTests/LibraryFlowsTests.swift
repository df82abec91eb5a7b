import Foundation
import TestSupport
import Testing

/// What a photographer does with many photos, in a real browser, at both widths and in both schemes.
struct LibraryFlowsTests {
    typealias Pages = LibraryPagesTests

    private static let looks = [
        Pages.Look(width: 1280, isDark: false), Pages.Look(width: 390, isDark: true),
    ]

    /// Copies of real photos with dates, and one with a place.
    private static func datedPhotos(_ folder: String) async throws -> [String] {
        var paths: [String] = []
        for (number, source) in Pages.photos.prefix(3).enumerated() {
            let path = "\(folder)/IMG_\(number).jpg"
            try FileManager.default.copyItem(atPath: source, toPath: path)
            paths.append(path)
            var tags = ["-EXIF:DateTimeOriginal=2023:12:31 23:30:0\(number)"]
            if number == 0 {
                tags += [
                    "-EXIF:GPSLatitude=48.5", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=9.25",
                    "-EXIF:GPSLongitudeRef=E",
                ]
            }
            let exiftool = try ChildProcess(
                "exiftool", tags + ["-overwrite_original", path], log: "\(folder)/exiftool.log")
            let status = try await exiftool.finished()
            #expect(status == 0, "\(exiftool.output)")
        }
        return paths
    }

    private static func said(_ words: String, _ browser: WebDriver) async throws {
        try await eventually("“\(words)” being said") {
            try await browser.text(of: "[data-testid=toasts]").contains(words)
        }
    }

    private static func set(_ selector: String, to value: String, _ browser: WebDriver) async throws {
        try await browser.run(
            """
            const field = document.querySelector('\(selector)');
            field.value = '\(value)';
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new Event('change', { bubbles: true }));
            """)
    }

    private static func resetFilters(_ browser: WebDriver) async throws {
        // As a person does where the phone's tabs lie over it; the driver takes it for seen.
        try await browser.run(
            "document.querySelector('[data-testid=filter-reset]').scrollIntoView({ block: 'center' })")
        try await browser.click("[data-testid=filter-reset]")
    }

    private static func selectAll(_ browser: WebDriver) async throws {
        try await Pages.focus(0, browser)
        try await browser.press("a", holding: [.control])
    }

    @Test(.timeLimit(.minutes(4)), arguments: looks)
    func `a wrong clock, a misspelt keyword, stars and a private place are put right, and undone`(look: Pages.Look)
        async throws
    {
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Pages.upload(try await Self.datedPhotos(server.folder), browser)

            // The camera's clock was an hour slow: over midnight, into the next year.
            try await Self.selectAll(browser)
            try await browser.click("[data-testid=date]")
            try await Self.set("[data-testid=shift-hours]", to: "1", browser)
            try await Pages.keep(browser, "date", look)
            try await browser.click("[data-testid=date-save]")
            try await Self.said("Date of 3 photos", browser)
            func taken(_ index: Int) async throws -> String {
                try await Pages.focus(index, browser)
                try await browser.press(.enter)
                _ = try await browser.element("[data-testid=look][open]")
                let value = try await browser.run("return document.querySelector('[data-testid=look-taken]').value")
                try await browser.press(.escape)
                try await eventually("the photo being closed") {
                    try await browser.count(of: "[data-testid=look][open]") == 0
                }
                return value
            }
            #expect(try await taken(2).hasPrefix("2024-01-01T00:30"))
            try await browser.click("[data-testid=toast-action]")
            try await Self.said("Undo: Date of 3 photos", browser)
            #expect(try await taken(2).hasPrefix("2023-12-31T23:30"))

            // A keyword on all, misspelt; renamed everywhere.
            try await Self.selectAll(browser)
            try await browser.click("[data-testid=keywords]")
            try await browser.type("harbur", into: "[data-testid=keywords-add]")
            try await browser.click("[data-testid=keywords-save]")
            try await Self.said("Keywords of 3 photos", browser)
            try await browser.click("[data-testid=selection-clear]")
            try await browser.click("[data-testid=rename-keyword]")
            try await browser.type("harbur", into: "[data-testid=rename-from]")
            try await browser.type("harbour", into: "[data-testid=rename-to]")
            try await Pages.keep(browser, "rename-keyword", look)
            try await browser.click("[data-testid=rename-save]")
            try await Self.said("Keyword “harbur” is “harbour” now", browser)

            // Stars on one, and the filters that find it again.
            try await Pages.focus(1, browser)
            try await browser.press(.space)
            try await browser.click("[data-testid=selection-rating] option[value='4']")
            try await Self.said("Rated 1 photo 4", browser)
            try await browser.click("[data-testid=selection-clear]")
            try await browser.click("[data-testid=filter-more]")
            try await browser.click("[data-testid=filter-rating] option[value='3']")
            try await Pages.expectTiles(1, browser, "three stars and more")
            try await Self.resetFilters(browser)
            try await Pages.expectTiles(3, browser, "no filter")
            try await Self.set("[data-testid=filter-keyword]", to: "harbour", browser)
            try await browser.click("[data-testid=filter-shown] option[value=no]")
            try await Pages.expectTiles(3, browser, "never shown, of the harbour")
            try await browser.click("[data-testid=filter-shown] option[value=yes]")
            try await Pages.expectTiles(0, browser, "shown")
            try await Pages.keep(browser, "nothing-found", look)
            try await Self.resetFilters(browser)
            try await Pages.expectTiles(3, browser, "no filter again")

            // Where it was taken stays private until its owner says otherwise.
            try await Pages.focus(2, browser)
            try await browser.press(.enter)
            _ = try await browser.element("[data-testid=look-place]")
            #expect(try await browser.text(of: "[data-testid=look-about]").contains("48.5") == false)
            try await browser.click("[data-testid=look-place]")
            try await eventually("the place being shown") {
                try await browser.text(of: "[data-testid=look-about]").contains("48.5000, 9.2500")
            }
            try await Pages.keep(browser, "place", look)
            try await browser.click("[data-testid=look-place]")
            try await eventually("the place being private again") {
                try await browser.text(of: "[data-testid=look-about]").contains("48.5") == false
            }
        }
    }

    @Test(.timeLimit(.minutes(4)), arguments: [Pages.Look(width: 390, isDark: true)])
    func `what is hidden or in the bin is found there, comes back, or goes for ever`(look: Pages.Look) async throws {
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Pages.upload(Array(Pages.photos.prefix(3)), browser)
            try await Pages.focus(0, browser)
            try await browser.press(.space)
            try await browser.click("[data-testid=hide]")
            try await Pages.expectTiles(2, browser, "one hidden")
            try await browser.open("\(server.base)/photos?shelf=hidden")
            try await Pages.expectTiles(1, browser, "the hidden one")
            try await browser.open("\(server.base)/photos")
            try await Self.selectAll(browser)
            try await browser.press(.delete)
            try await Pages.expectTiles(0, browser, "all in the bin")
            try await browser.open("\(server.base)/photos?shelf=bin")
            try await Pages.expectTiles(2, browser, "the bin")
            try await Pages.focus(0, browser)
            try await browser.press(.space)
            try await Pages.keep(browser, "bin", look)
            try await browser.click("[data-testid=restore]")
            try await Pages.expectTiles(1, browser, "one taken out of the bin")
            try await browser.click("[data-testid=empty-bin]")
            try await Pages.keep(browser, "empty-bin", look)
            try await browser.click("[data-testid=confirm-yes]")
            try await Pages.expectTiles(0, browser, "an empty bin")
            try await browser.open("\(server.base)/photos")
            try await Pages.expectTiles(1, browser, "the one that came back")
        }
    }

    @Test(.timeLimit(.minutes(4)), arguments: [Pages.Look(width: 1280, isDark: false)])
    func `an album is named anew, photos are taken out and put back, and it is deleted and comes back`(
        look: Pages.Look
    ) async throws {
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Pages.upload(Array(Pages.photos.prefix(3)), browser)
            try await browser.open("\(server.base)/albums")
            try await browser.type("Sumer", into: "[data-testid=album-name]")
            try await browser.press(.enter)
            _ = try await browser.element("[data-testid=album-list] a")
            try await browser.open("\(server.base)/photos")
            try await Self.selectAll(browser)
            try await browser.click("[data-testid=selection-album] option:nth-child(2)")
            try await Self.said("Added 3 photos to “Sumer”", browser)
            try await browser.open("\(server.base)/albums/1")
            try await browser.click("[data-testid=more]")
            try await browser.clear("[data-testid=album-rename]")
            try await browser.type("Summer", into: "[data-testid=album-rename]")
            try await browser.click("[data-testid=album-rename-save]")
            try await eventually("the new name") {
                try await browser.text(of: "[data-testid=album-title]") == "Summer"
            }
            try await Pages.focus(0, browser)
            try await browser.press(.space)
            try await browser.click("[data-testid=take-out]")
            try await Pages.expectTiles(2, browser, "one taken out")
            try await browser.click("[data-testid=toast-action]")
            try await Pages.expectTiles(3, browser, "and put back")
            try await Pages.keep(browser, "album-tools", look)
            try await browser.click("[data-testid=album-delete]")
            try await browser.click("[data-testid=confirm-yes]")
            try await eventually("the list of albums") { try await browser.url.hasSuffix("/albums") }
            _ = try await browser.element("[data-testid=no-albums]:not([hidden])")
            try await browser.open("\(server.base)/photos")
            try await browser.click("[data-testid=open-history]")
            try await browser.click("[data-testid=history] li:first-child button")
            try await Self.said("Undo: Deleted the album", browser)
            try await browser.open("\(server.base)/albums/1")
            try await Pages.expectTiles(3, browser, "the album again")
        }
    }
}
