import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

/// Scripts in texts, stored and reflected, in a real browser: every text that somebody may write, on every page that shows
/// it. It is shown as it was typed, and nothing of it becomes a part of the page; so the policy that forbids such scripts
/// never has anything to forbid.
@Suite(.serialized) struct ScriptTests {
    /// A page, and which texts are to be seen on it.
    private struct Visit {
        let path: String
        let shows: [String]
        /// Done on the page first, such as opening a dialog.
        var step = ""

        init(_ path: String, _ shows: [String], _ step: String = "") {
            self.path = path
            self.shows = shows
            self.step = step
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `scripts in texts: shown as typed on every page, and none runs`() async throws {
        try await RunningServer.withServer { server in
            let house = try await ScriptHouse(server)
            try await WebDriver.withBrowser(log: server.folder) { browser in
                try await Self.watch(browser)
                try await Self.beDisplay(browser, house)

                // Strangers' pages, and what they reflect.
                let typed = HostileText.encoded("typed")
                for visit in [
                    Visit("/guest?link=\(house.guestLink)", ["label", "album"]),
                    Visit("/invite?token=\(house.invitation)", []),
                    Visit("/signin?next=/\(typed)", []), Visit("/setup?token=\(typed)", []),
                    Visit("/invite?token=\(typed)", []), Visit("/reset?token=\(typed)", []),
                    Visit("/guest?link=\(typed)", []), Visit("/\(typed)", []), Visit("/static/\(typed)", []),
                ] {
                    try await Self.look(visit, browser, server)
                }
                try await browser.open("\(server.base)/invite?token=\(house.invitation)")
                try await browser.type(HostileText.of("again"), into: "[data-testid=link-name]")
                try await browser.type("1234567890", into: "[data-testid=link-password]")
                try await browser.click("[data-testid=link-submit]")
                // What was typed stands on the page before, too.
                _ = try await browser.element("[data-testid=link-error]")
                try await Self.expect(["again"], on: "a refused invitation", browser)
                try await browser.open("\(server.base)/signin")
                try await browser.type(HostileText.of("login"), into: "[data-testid=sign-in-name]")
                try await browser.type("not the password", into: "[data-testid=sign-in-password]")
                try await browser.click("[data-testid=sign-in]")
                _ = try await browser.element("[data-testid=sign-in-error]")
                try await Self.expect(["login"], on: "a refused sign-in", browser)

                try await browser.open("\(server.base)/signin?next=/account")
                try await browser.clear("[data-testid=sign-in-name]")
                try await browser.type(HostileText.of("user"), into: "[data-testid=sign-in-name]")
                try await browser.type(ScriptHouse.password, into: "[data-testid=sign-in-password]")
                try await browser.click("[data-testid=sign-in]")
                try await eventually("being signed in") { try await browser.url.hasSuffix("/account") }
                try await house.report()
                for visit in Self.visits(house, typed) { try await Self.look(visit, browser, server) }

                // A code that is typed, and what the display that shows it calls itself.
                try await browser.open("\(server.base)/pair")
                try await browser.type(house.pairingCode, into: "[data-testid=pair-code]")
                try await Self.expect(["waiting", "album"], on: "the page for codes", browser)
                // The dialogs that name what is to be deleted.
                try await browser.open("\(server.base)/people")
                try await browser.click("[data-testid=users] li:last-child [data-testid=user-remove]")
                _ = try await browser.element("dialog[open]")
                try await Self.expect(["user"], on: "the question before deleting", browser)
                // Refused requests are complained about; scripts that were stopped would be, too.
                #expect(try await browser.consoleErrors().filter { !$0.contains("the server responded with") } == [])
                // That this would have been seen.
                try await browser.run(
                    "document.querySelector('main').innerHTML = decodeURIComponent('\(HostileText.encoded("control"))');"
                )
                try await eventually("the policy having stopped it") {
                    let found = try await Self.found(browser)
                    return found.contains("onerror") && found.contains("script-src")
                }
            }
        }
    }

    private static func visits(_ house: ScriptHouse, _ typed: String) -> [Visit] {
        let photo = ["file", "renamed"]
        let open = """
            [...document.querySelectorAll('[data-testid=photo]')].find((tile) => tile.title.includes('file'))
              .querySelector('[data-action=open]').click();
            """
        let looked = ["title", "caption", "keyword", "camera", "lens", "file"]
        return [
            Visit("/account", ["user", "token"]),
            Visit("/displays", ["user", "display", "group", "album"]),
            Visit("/displays/hall", ["display", "group", "album", "description", "log_level", "showing"]),
            Visit("/displays/hall?a=\(typed)", ["display"]),
            Visit("/displays/\(typed)", []),
            Visit("/groups", ["group", "display"]),
            Visit("/groups/1", ["group", "display", "album"]),
            Visit("/photos", photo + ["album"]),
            Visit("/photos", looked, open),
            Visit("/photos?text=\(HostileText.encoded("title"))", ["title", "file"]),
            Visit("/photos?text=\(typed)&camera=\(typed)&keyword=\(typed)", ["typed"]),
            Visit("/photos?shelf=bin", ["binned"]),
            Visit("/photos?shelf=\(typed)", []),
            Visit("/albums", ["album", "smart"]),
            Visit("/albums/1", ["album", "file"]),
            Visit("/albums/1", looked, open),
            Visit("/albums/\(house.smartAlbum)", ["smart", "file"]),
            Visit(
                "/albums/\(house.smartAlbum)", ["rule"], "document.querySelector('[data-action=edit-rule]').click();"),
            Visit("/people", ["user", "second", "label", "album"]),
            Visit("/api", []), Visit("/api?a=\(typed)", []), Visit("/nothing/\(typed)", []),
            Visit("/pair?code=\(typed)", []),
        ]
    }

    /// From the beginning of every page on: what would run, and what the policy stops.
    private static func watch(_ browser: WebDriver) async throws {
        try await browser.devTools("Page.enable")
        try await browser.devTools(
            "Page.addScriptToEvaluateOnNewDocument",
            [
                "source": """
                window.stopped = [];
                document.addEventListener('securitypolicyviolation', (event) => {
                  window.stopped.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample);
                });
                for (const name of ['alert', 'prompt', 'confirm']) window[name] = () => { window.ran = name; };
                """
            ])
    }

    private static func look(_ visit: Visit, _ browser: WebDriver, _ server: RunningServer) async throws {
        try await browser.open(server.base + visit.path)
        if !visit.step.isEmpty {
            _ = try await browser.element("[data-testid=photo], main")
            try await browser.run(visit.step)
        }
        try await Self.expect(visit.shows, on: visit.path.removingPercentEncoding ?? visit.path, browser)
    }

    /// What stands on the page for people to read: its texts, and the values and labels of its elements.
    private static let readable = """
        const texts = [document.title];
        for (const element of document.querySelectorAll('body, body *')) {
          if (element.localName === 'script') continue;
          for (const { value } of element.attributes) texts.push(value);
          if (typeof element.value === 'string') texts.push(element.value);
          for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
        }
        return texts.join('\\u0001');
        """

    private static func expect(_ fields: [String], on place: String, _ browser: WebDriver) async throws {
        for field in fields {
            do {
                try await eventually("\(field) being on \(place)", within: .seconds(20)) {
                    try await browser.run(Self.readable).contains(HostileText.of(field))
                }
            } catch let error as NotInTime {
                Issue.record("\(error.description)")
            }
        }
        #expect(try await Self.found(browser) == Self.nothing, "on \(place)")
    }

    private static let nothing = #"{"ran":null,"stopped":[],"strange":[],"links":[]}"#

    /// What became a part of the page, ran, or was stopped by the policy.
    private static func found(_ browser: WebDriver) async throws -> String {
        try await browser.run(
            """
            const own = 'script[src], script[type="application/json"]';
            const strange = [...document.querySelectorAll('script, [onerror], [onload], [srcdoc], iframe, object, embed, base')]
              .filter((element) => !element.matches(own)).map((element) => element.outerHTML.slice(0, 200));
            return JSON.stringify({ ran: window.ran ?? null, stopped: window.stopped, strange,
              links: [...document.links].map((link) => link.protocol).filter((name) => !['http:', 'https:'].includes(name)) });
            """)
    }

    /// The browser as a display: its caption, and its name.
    private static func beDisplay(_ browser: WebDriver, _ house: ScriptHouse) async throws {
        try await browser.open("\(house.server.base)/display")
        let code = try await eventually("the code on the screen") {
            let text = try await browser.text(of: "[data-testid=code]").filter { !$0.isWhitespace }
            return text.count == 6 ? text : nil
        }
        let made = try await house.api(
            .POST, "pairings", ["code": code, "name": HostileText.of("tablet"), "album": house.album])
        let id = try #require(made["id"] as? String)
        let settings: [String: any Sendable] = ["caption": ["title", "album"], "transition": "cut"]
        _ = try await house.api(.PATCH, "displays/\(id)", ["settings": settings])
        // Until it is shown: a command that comes before the display listens is not for it.
        for _ in 0..<10 {
            _ = try? await house.api(.POST, "displays/\(id)/show", ["photo": house.photo])
            let isShown: Void? = try? await eventually("the photo", within: .seconds(5)) {
                try await browser.run(Self.readable).contains(HostileText.of("title"))
            }
            if isShown != nil { break }
        }
        try await Self.expect(["title", "album"], on: "a display's caption", browser)
        _ = try await house.api(.POST, "displays/\(id)/identify", [:])
        try await Self.expect(["tablet"], on: "a display's card", browser)
    }
}
