import Foundation
import TestSupport
import Testing

/// The library by keys alone: nothing is clicked, and nothing is focused but by tabbing there.
struct KeyboardTests {
    typealias Pages = LibraryPagesTests

    private static let looks = [
        Pages.Look(width: 1280, isDark: false), Pages.Look(width: 1280, isDark: true),
        Pages.Look(width: 390, isDark: false), Pages.Look(width: 390, isDark: true),
    ]

    /// Tabs on until the element has the focus, and sees that the focus can be seen.
    private static func tab(to selector: String, _ browser: WebDriver, backwards: Bool = false) async throws {
        for _ in 0..<120 {
            let found = try await browser.run(
                "return String(document.activeElement?.matches(\(Self.quoted(selector))) ?? false)")
            if found == "true" {
                // Of itself, or of the label, tile or box that stands for it.
                let isSeen = try await browser.run(
                    """
                    const own = document.activeElement;
                    const all = [own, own.parentElement, own.closest('.tile'), ...(own.labels ?? [])].filter(Boolean);
                    return String(all.some((element) => {
                        const style = getComputedStyle(element);
                        const box = element.getBoundingClientRect();
                        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 4
                            && style.clipPath === 'none';
                    }));
                    """)
                #expect(isSeen == "true", "the focus on \(selector) cannot be seen")
                return
            }
            try await browser.press(.tab, holding: backwards ? [.shift] : [])
        }
        Issue.record("\(selector) is not reached by the tab key")
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "\\'"))'" }

    private static func press(_ selector: String, _ browser: WebDriver) async throws {
        try await Self.tab(to: selector, browser)
        try await browser.press(.enter)
    }

    private static func write(_ text: String, _ browser: WebDriver) async throws {
        for character in text { try await browser.press(String(character)) }
    }

    private static func said(_ words: String, _ browser: WebDriver) async throws {
        try await eventually("“\(words)” being said") {
            try await browser.text(of: "[data-testid=toasts]").contains(words)
        }
    }

    private static let firstTile = "main > .grid > .tile:first-child input"

    /// Enter opens the browser's own dialog, which belongs to the system; the files are given to the field as that does.
    private static func upload(_ files: [String], _ browser: WebDriver) async throws {
        try await Self.tab(to: "[data-testid=file-input]", browser)
        try await browser.run(
            """
            document.activeElement.addEventListener('click', (event) => {
                event.preventDefault();
                window.isAsked = event.isTrusted;
            }, { once: true });
            """)
        try await browser.press(.enter)
        #expect(try await browser.run("return String(window.isAsked)") == "true", "Enter asks for files")
        try await browser.type(files.joined(separator: "\n"), into: "[data-testid=file-input]")
        try await eventually("all being uploaded", within: .seconds(120)) {
            try await browser.text(of: "[data-testid=upload-summary]") == "\(files.count) of \(files.count) uploaded"
        }
        try await Pages.expectTiles(files.count, browser, "uploaded")
        try await Self.press("[data-testid=uploads-close]", browser)
    }

    @Test(.timeLimit(.minutes(4)), arguments: looks)
    func `photos are uploaded, selected, described, rated, binned and restored by keys`(look: Pages.Look) async throws {
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Self.upload(Array(Pages.photos.prefix(4)), browser)
            try await Self.tab(to: "[data-testid=folder-input]", browser, backwards: true)

            // A range, by arrows and shift.
            try await Self.tab(to: Self.firstTile, browser)
            try await browser.press(.space)
            try await browser.press(.right, holding: [.shift])
            try await browser.press(.right, holding: [.shift])
            try await eventually("three being selected") {
                try await browser.text(of: "[data-testid=selection-count]") == "3 photos"
            }
            try await Pages.keep(browser, "keys-selected", look)

            // Keywords, favourite and stars.
            try await browser.press("k")
            try await Self.tab(to: "[data-testid=keywords-add]", browser)
            try await Self.write("sea", browser)
            try await Pages.keep(browser, "keys-keywords", look)
            try await browser.press(.enter)
            try await Self.said("Keywords of 3 photos", browser)
            try await Self.tab(to: "main > .grid > .tile input", browser)
            try await browser.press("f")
            try await eventually("three hearts") { try await browser.count(of: ".tile[data-favourite]") == 3 }
            try await browser.press("5")
            try await Self.said("Rated 3 photos 5", browser)

            // Into the bin, and back from its own list.
            try await browser.press(.delete)
            try await Pages.expectTiles(1, browser, "three in the bin")
            try await Self.press("[data-testid=filter-more]", browser)
            try await Self.tab(to: "[data-testid=filter-shelf]", browser)
            try await Self.write("b", browser)
            try await eventually("the bin") { try await browser.url.contains("shelf=bin") }
            try await Pages.expectTiles(3, browser, "the bin")
            try await Self.tab(to: Self.firstTile, browser)
            try await browser.press("a", holding: [.control])
            try await Pages.keep(browser, "keys-bin", look)
            try await Self.press("[data-testid=restore]", browser)
            try await Pages.expectTiles(0, browser, "the bin is empty")
            try await browser.open("\(server.base)/photos?keyword=sea&rating=5&favourite=yes")
            try await Pages.expectTiles(3, browser, "what came back, as it was")
        }
    }

    @Test(.timeLimit(.minutes(4)), arguments: looks)
    func `an album is made, filled, put in order and undone, and a smart one edited, by keys`(look: Pages.Look)
        async throws
    {
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try await Self.upload(Array(Pages.photos.prefix(4)), browser)
            try await browser.open("\(server.base)/albums")
            try await Self.tab(to: "[data-testid=album-name]", browser)
            try await Self.write("By hand", browser)
            try await browser.press(.enter)
            try await Self.press("[data-testid=album-list] a", browser)
            try await Self.press("[data-testid=add-photos]", browser)
            try await eventually("the chooser having photos") {
                try await browser.count(of: "[data-testid=chooser-grid] [data-testid=photo]") == 4
            }
            for number in 1...3 {
                try await Self.tab(to: ".chooser .grid > .tile:nth-child(\(number)) input", browser)
                try await browser.press(.space)
            }
            try await Pages.keep(browser, "keys-chooser", look)
            try await Self.press("[data-testid=chooser-add]", browser)
            try await Pages.expectTiles(3, browser, "the album")

            // The first goes to the end, a step at a time; then both steps are undone.
            let order = try await Pages.names(browser)
            try await Self.tab(to: Self.firstTile, browser)
            try await browser.press(.space)
            try await browser.press(.right, holding: [.alt])
            try await eventually("one step") {
                try await Pages.names(browser) == [order[1], order[0], order[2]]
            }
            try await browser.press(.right, holding: [.alt])
            try await eventually("two steps") {
                try await Pages.names(browser) == [order[1], order[2], order[0]]
            }
            try await Pages.keep(browser, "keys-order", look)
            try await browser.press("z", holding: [.control])
            try await eventually("one step back") {
                try await Pages.names(browser) == [order[1], order[0], order[2]]
            }

            // A smart album of all that are not in that one.
            try await browser.open("\(server.base)/albums")
            try await Self.press("[data-testid=new-smart]", browser)
            try await Self.tab(to: "[data-testid=rules-name]", browser)
            try await Self.write("Rest", browser)
            try await Self.tab(to: "[data-testid=rule-not]", browser)
            try await Self.write("n", browser)
            try await Self.tab(to: "[data-testid=rule-field]", browser)
            try await Self.write("al", browser)
            try await eventually("the preview counting") {
                try await browser.text(of: "[data-testid=rules-count]") == "1"
            }
            #expect(try await browser.text(of: "[data-noun]") == "photo")
            try await Pages.keep(browser, "keys-rule", look)
            try await Self.press("[data-testid=rules-save]", browser)
            try await Pages.expectTiles(1, browser, "the smart album")
            // Edited: all that are in it.
            try await Self.press("[data-testid=edit-rule]", browser)
            try await Self.tab(to: "[data-testid=rule-not]", browser)
            try await Self.write("p", browser)
            try await eventually("the preview counting the others") {
                try await browser.text(of: "[data-testid=rules-count]") == "3"
            }
            try await Self.press("[data-testid=rules-save]", browser)
            try await Pages.expectTiles(3, browser, "the smart album, edited")

            // A letter only steps to the album in the menu; Enter chooses it.
            try await browser.open("\(server.base)/photos")
            try await Pages.expectTiles(4, browser, "all photos")
            try await Self.tab(to: Self.firstTile, browser)
            try await browser.press("a", holding: [.control])
            try await Self.tab(to: "[data-testid=selection-album]", browser)
            try await Self.write("B", browser)
            #expect(
                try await browser.run("return document.activeElement.selectedOptions[0].textContent") == "By hand")
            try await Pages.keep(browser, "keys-album-menu", look)
            #expect(try await browser.text(of: "[data-testid=toasts]").contains("Added") == false)
            try await browser.press(.enter)
            try await Self.said("Added 4 photos to “By hand”", browser)
        }
    }
}
