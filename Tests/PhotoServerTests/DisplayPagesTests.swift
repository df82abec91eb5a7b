import AsyncHTTPClient
import DisplayChannel
import EtcdClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// A display's own page and the pages of groups in a real browser, as a person uses them.
///
/// Where `VITRINE_SCREENSHOTS` names a folder, what they look like is kept there.
@Suite(.serialized) struct DisplayPagesTests {
    struct Look: CustomTestStringConvertible, Sendable {
        let width: Int
        let isDark: Bool
        var testDescription: String { "\(self.width) px, \(self.isDark ? "dark" : "light")" }
        var isPhone: Bool { self.width < 600 }
    }

    private static let photos = ["Dune.jpg", "FreshFlower.jpg", "Garden.jpg", "GreenMeadow.jpg", "Storm.jpg"]
        .map { "/usr/share/backgrounds/mate/nature/\($0)" }

    /// What the page and a program see of one server.
    private struct House: Sendable {
        let server: RunningServer
        let browser: WebDriver
        let session: HTTPHeaders
        let look: Look

        func api(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> [String: Any] {
            let (status, _, text) = try await self.server.send(method, "/api/v1/\(path)", self.session, body)
            guard status.code < 300 else { throw NotInTime(description: "\(method) \(path): \(text)") }
            return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        }

        func settings(_ display: String = "hall") async throws -> [String: Any] {
            try await self.api(.GET, "displays/\(display)")["settings"] as? [String: Any] ?? [:]
        }

        func admit(_ id: String, name: String) async throws {
            let token = try String(contentsOfFile: "\(self.server.folder)/data/display-token", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            let body = """
                {"id":"\(id)","secret":"a secret of \(id), of 16 and more","name":"\(name)","width":1920,"height":1080,"token":"\(token)"}
                """
            _ = try await self.api(.POST, "display/registrations", body)
        }

        /// An album with photos in it.
        func album(_ name: String, _ photos: ArraySlice<String>) async throws -> Int {
            let made = try await self.api(.POST, "albums", #"{"name":"\#(name)"}"#)
            let album = try #require(made["id"] as? Int)
            for path in photos {
                var headers = self.session
                headers.replaceOrAdd(name: "content-type", value: "image/jpeg")
                let file = path.split(separator: "/").last ?? ""
                var request = HTTPClientRequest(
                    url: "\(self.server.base)/api/v1/photos?filename=\(file)&album=\(album)")
                request.method = .POST
                request.headers = headers
                request.body = .bytes(ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: path))))
                let response = try await RunningServer.client.execute(request, timeout: .seconds(60))
                guard response.status.code < 300 else { throw NotInTime(description: "upload: \(response.status)") }
            }
            return album
        }

        func keep(_ name: String) async throws {
            guard let folder = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"] else { return }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let scheme = self.look.isDark ? "dark" : "light"
            try await self.browser.screenshot(to: "\(folder)/\(name)-\(self.look.width)-\(scheme).png")
        }

        /// Clicks where neither bar of the page is in the way.
        func click(_ selector: String) async throws {
            _ = try await self.browser.element(selector)
            let quoted = selector.replacing("'", with: "\\'")
            try await self.browser.run(
                "document.querySelector('\(quoted)').scrollIntoView({ block: 'center', behavior: 'instant' })")
            try await self.browser.click(selector)
        }

        func show(_ selector: String) async throws {
            try await self.browser.run(
                "document.querySelector('\(selector)').scrollIntoView({ block: 'start', behavior: 'instant' })")
        }
    }

    private static func withHouse(
        _ look: Look, mayComplain: Bool = false, _ body: (House) async throws -> Void
    ) async throws {
        try await RunningServer.withServer { server in
            try await WebDriver.withBrowser(
                width: look.width, height: look.isPhone ? 844 : 900, dark: look.isDark, log: server.folder
            ) { browser in
                let session = try await server.signIn()
                try await browser.open("\(server.base)/signin?next=/displays")
                try await browser.type("ada", into: "input[name=name]")
                try await browser.type("four words in a row", into: "input[name=password]")
                try await browser.click("button.primary")
                try await eventually("being signed in") { try await browser.url.hasSuffix("/displays") }
                try await body(House(server: server, browser: browser, session: session, look: look))
                // What the server refuses by name is in the console too.
                let errors = try await browser.consoleErrors().filter { !$0.contains("status of 422") }
                #expect(mayComplain || errors == [], "the page complained")
            }
        }
    }

    /// Moves a slider to `end` in 80 steps, as a hand does, and returns what it says there.
    private static func slide(_ name: String, to end: Double, _ browser: WebDriver) async throws -> Double {
        try await browser.run(
            """
            const slider = document.querySelector('[data-testid=slider-\(name)]');
            const real = window.fetch;
            window.writes = 0;
            window.fetch = (...all) => { if (all[1]?.method === 'PATCH') window.writes += 1; return real(...all); };
            window.moved = false;
            let step = 0;
            const move = () => {
              slider.value = \(end) * (0.7 + 0.3 * step / 80);
              slider.dispatchEvent(new Event('input', { bubbles: true }));
              step += 1;
              if (step <= 80) setTimeout(move, 10); else window.moved = true;
            };
            move();
            """)
        try await eventually("the slider being moved") {
            try await browser.run("return String(window.moved)") == "true"
        }
        return try #require(
            Double(
                try await browser.run(
                    "return document.querySelector('[data-testid=slider-\(name)]').value")))
    }

    @Test(
        .timeLimit(.minutes(3)),
        arguments: [Look(width: 1280, isDark: false), Look(width: 390, isDark: true)])
    func `a slider's many moves are few writes, the last one arrives, and the history takes it back`(look: Look)
        async throws
    {
        try await Self.withHouse(look) { house in
            let browser = house.browser
            try await house.admit("hall", name: "Hall")
            let album = try await house.album("Holiday", Self.photos[..<2])
            try await browser.open("\(house.server.base)/displays/hall")
            try await house.click("[data-testid=album-select] option[value='\(album)']")
            try await eventually("the album being given") {
                try await house.api(.GET, "displays/hall")["album"] as? Int == album
            }

            let last = try await Self.slide("brightness", to: 1.5, browser)
            try await eventually("the last move having arrived") {
                Double(try await house.settings()["brightness"] as? String ?? "") == last
            }
            let writes = try #require(Int(try await browser.run("return String(window.writes)")))
            #expect((1...40).contains(writes), "\(writes) writes for 81 moves")
            let client = EtcdClient(
                try .init(endpoints: "http://127.0.0.1:\(house.server.storePort)"), logger: quietLogger)
            try await eventually("the mediator having it") {
                let pair = try await client.get("/hall:settings")
                return pair.flatMap { DisplaySettings.Reading(json: $0.value.bytes) }?.settings.brightness == last
            }
            // The display says what it shows.
            _ = try await client.put("/status/hall", #"{"showing":"Dune.jpg","power":"on","version":"1"}"#)
            await client.close()
            try await eventually("the page saying why") {
                try await browser.text(of: "[data-testid=why]").contains("put into “Holiday” by hand")
            }

            // What cannot be is said before it is sent, and by the server in the same words.
            try await browser.clear("[data-testid=setting-contrast]")
            try await browser.type("7", into: "[data-testid=setting-contrast]")
            try await eventually("the error naming field and range") {
                try await browser.text(of: "[data-testid=error-contrast]") == "Contrast must be 0 to 4."
            }
            #expect(Double(try await house.settings()["contrast"] as? String ?? "") == 1)
            try await browser.clear("[data-testid=setting-contrast]")
            try await browser.type("1.25", into: "[data-testid=setting-contrast]")
            try await house.click("[data-testid=setting-transition] option[value=fade_through_black]")
            try await house.click("[data-testid=setting-motion] option[value=ken_burns]")
            try await house.click("[data-testid=setting-pair_portraits]")
            try await house.click("[data-testid=setting-caption] input[value=date]")
            try await house.click("[data-testid=add-sleep]")
            try await eventually("all of it having arrived") {
                let settings = try await house.settings()
                return settings["transition"] as? String == "fade_through_black"
                    && settings["motion"] as? String == "ken_burns" && settings["pair_portraits"] as? Bool == true
                    && settings["caption"] as? [String] == ["date"] && (settings["sleep"] as? [Any])?.count == 1
                    && Double(settings["contrast"] as? String ?? "") == 1.25
            }
            try await house.show(".title-row")
            try await house.keep("display")
            try await house.show("#section-Light")
            try await house.keep("display-settings")

            try await eventually("the history having it once") {
                let edits = try await browser.run(
                    "return [...document.querySelectorAll('[data-testid=edit]')].map((edit) => edit.textContent).join('|')"
                ).split(separator: "|")
                return edits.filter { $0.contains("Brightness: 1 → 1.5") && $0.contains("ada") }.count == 1
            }
            try await house.show("#history")
            try await house.keep("display-history")
            try await browser.run(
                "[...document.querySelectorAll('[data-testid=edit]')].find((edit) => edit.textContent.includes('Brightness: 1 →')).querySelector('button').click()"
            )
            try await eventually("the brightness being what it was, on the page too") {
                let shown = try await browser.run(
                    "return document.querySelector('[data-testid=setting-brightness]').value")
                let kept = try await house.settings()["brightness"] as? String ?? ""
                return Double(shown) == 1 && Double(kept) == 1
            }
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `what is moved while the server is away arrives when it is back`() async throws {
        // The lost connection is in the console, as it should be.
        try await Self.withHouse(Look(width: 1280, isDark: true), mayComplain: true) { house in
            let server = house.server
            try await house.admit("hall", name: "Hall")
            try await house.browser.open("\(server.base)/displays/hall")
            _ = try await house.browser.element("[data-testid=week-day]")
            server.process.kill()
            let last = try await Self.slide("saturation", to: 0.6, house.browser)
            try await eventually("the page saying so") {
                try await house.browser.text(of: "[data-testid=saving]").contains("trying again")
            }
            let again = try ChildProcess(
                try BuiltProgram.photoserver,
                [
                    "serve", "--data", "\(server.folder)/data", "--listen", "127.0.0.1:\(server.port)", "--etcd-listen",
                    "127.0.0.1:\(server.storePort)",
                ], log: "\(server.folder)/again.log")
            defer { again.kill() }
            try await eventually("the last move having arrived", within: .seconds(40)) {
                Double(try await house.settings()["saturation"] as? String ?? "") == last
            }
        }
    }

    @Test(
        .timeLimit(.minutes(3)),
        arguments: [Look(width: 1280, isDark: true), Look(width: 390, isDark: false)])
    func `a group is made, shares an album out, and its schedule is drawn`(look: Look) async throws {
        try await Self.withHouse(look) { house in
            let browser = house.browser
            for (id, name) in [("left", "Left of the stairs"), ("right", "Right of the stairs")] {
                try await house.admit(id, name: name)
            }
            let album = try await house.album("Holiday", Self.photos[..<3])
            let winter = try await house.album("Winter", Self.photos[3...])
            try await browser.open("\(house.server.base)/groups")
            try await browser.type("Stairs", into: "[data-testid=group-name]")
            try await house.click("[data-testid=group-create]")
            try await eventually("its page being there") { try await browser.url.contains("/groups/") }
            for count in 1...2 {
                _ = try await browser.element("[data-testid=member-select] option")
                try await house.click("[data-testid=member-add]")
                try await eventually("\(count) displays being in it") {
                    try await browser.count(of: "[data-testid=member]") == count
                }
            }
            try await house.click("[data-testid=group-album] option[value='\(album)']")
            try await eventually("the photos being shared out") {
                try await browser.run(
                    "return [...document.querySelectorAll('[data-testid=member-share]')].map((share) => share.textContent).join('|')"
                ) == "2 photos|1 photo"
            }
            #expect(try await browser.text(of: "[data-testid=group-text]") == "2 displays share “Holiday” out.")

            try await house.click("[data-testid=add-rule]")
            try await house.click("[data-testid=line-album] option[value='\(winter)']")
            for day in ["mon", "tue", "wed", "thu", "fri"] {
                try await browser.run("document.querySelector('.rule-line input[value=\(day)]').click()")
            }
            try await house.click("[data-testid=schedule-save]")
            try await eventually("the week having the line on two days") {
                try await browser.count(of: ".stretch.by-rule") == 2
            }
            try await house.keep("group")
            try await house.show("[data-testid=schedule]")
            try await house.keep("group-schedule")

            try await house.click("[data-testid=mode-same]")
            try await eventually("both being in step") {
                try await house.api(.GET, "groups/1")["inStep"] as? Bool == true
            }
            try await browser.run(
                """
                const field = document.querySelector('[data-testid=group-interval]');
                field.value = '45';
                field.dispatchEvent(new Event('input', { bubbles: true }));
                """)
            try await eventually("the interval being common") {
                let group = try await house.api(.GET, "groups/1")
                return (group["settings"] as? [String: Any])?["interval_time"] as? Double == 45
            }
            try await house.show("[data-testid=modes]")
            try await house.keep("group-step")
            try await browser.open("\(house.server.base)/groups")
            try await eventually("the group being listed") {
                try await browser.text(of: "[data-testid=group-list]").contains("in step")
            }
            try await house.keep("groups")
        }
    }

    @Test(
        .timeLimit(.minutes(3)),
        arguments: [Look(width: 1280, isDark: false), Look(width: 390, isDark: true)])
    func `a schedule is edited, the week shows it, and a question about a Sunday is answered`(look: Look) async throws {
        try await Self.withHouse(look) { house in
            let browser = house.browser
            try await house.admit("hall", name: "Hall")
            let day = try await house.album("By day", Self.photos[..<1])
            let night = try await house.album("Evening", Self.photos[1..<2])
            _ = try await house.api(
                .PATCH, "displays/hall",
                """
                {"album":\(day),"settings":{"time_zone":"Europe/Vienna","sleep":[{"from":"23:00","to":"06:30"}],\
                "dim":[{"from":"21:00","to":"23:00","brightness":0.4}]}}
                """)
            try await browser.open("\(house.server.base)/displays/hall")
            _ = try await browser.element("[data-testid=week-day]:nth-of-type(8)")
            #expect(try await browser.count(of: ".stretch.by-rule") == 0)
            #expect(try await browser.count(of: ".shade.asleep") == 14)
            try await house.click("[data-testid=add-rule]")
            try await house.click("[data-testid=line-album] option[value='\(night)']")
            try await browser.run(
                """
                for (const [name, time] of [['line-from', '18:30'], ['line-to', '22:00']]) {
                  const field = document.querySelector(`.rule-line [data-testid=${name}]`);
                  field.value = time;
                  field.dispatchEvent(new Event('input', { bubbles: true }));
                }
                """)
            try await house.click("[data-testid=schedule-save]")
            try await eventually("the week having the evenings") {
                try await browser.count(of: ".stretch.by-rule") == 7
            }
            try await browser.run(
                "document.querySelector('[data-testid=plan-at]').value = '2026-11-29T19:00'")
            try await house.click("[data-testid=plan-ask]")
            try await eventually("the answer") {
                try await browser.text(of: "[data-testid=plan-answer]")
                    == "Sunday 2026-11-29, 19:00: “Evening”, by this display's schedule: every day, 18:30 to 22:00. Until Sunday 2026-11-29, 22:00."
            }
            try await house.show(".schedule")
            try await house.keep("schedule")
            try await house.show("#hours")
            try await house.keep("hours")

            // A week later, and what a line cannot be.
            let week = try await browser.text(of: "[data-testid=week-name]")
            try await house.click("[data-testid=week-next]")
            try await eventually("the week after") { try await browser.text(of: "[data-testid=week-name]") != week }
            for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
                try await browser.run("document.querySelector('.rule-line input[value=\(day)]').click()")
            }
            try await house.click("[data-testid=schedule-save]")
            try await eventually("the line without days being refused by name") {
                try await browser.text(of: "[data-testid=schedule-problem]").contains("Rule 1: “days” must be")
            }
            try await house.click(".rule-line [data-testid=line-remove]")
            try await house.click("[data-testid=schedule-save]")
            try await eventually("the week being empty of lines") {
                try await browser.count(of: ".stretch.by-rule") == 0
            }
            try await eventually("the history having the schedule") {
                try await browser.text(of: "[data-testid=history]").contains("Schedule: 1 entry → none")
            }
        }
    }
}
