import Foundation
import TestSupport
import Testing

/// The pages of people and accounts in a real browser.
///
/// Where `VITRINE_SCREENSHOTS` names a folder, what they look like is kept there.
struct PeoplePagesTests {
    private static func keep(_ browser: WebDriver, _ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["VITRINE_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await browser.screenshot(to: "\(folder)/\(name).png")
    }

    private static func choose(_ value: String, in selector: String, _ browser: WebDriver) async throws {
        try await browser.run(
            """
            const field = document.querySelector('\(selector)');
            field.value = '\(value)';
            field.dispatchEvent(new Event('change', { bubbles: true }));
            """)
    }

    @Test(.timeLimit(.minutes(3)), arguments: [1280, 390])
    func `somebody is invited, a guest adds a photo, and it all stands in the list of what was done`(
        width: Int
    ) async throws {
        try await RunningServer.withServer { server in
            try await WebDriver.withBrowser(
                width: width, height: 900, dark: width < 600, log: server.folder
            ) { browser in
                let token = try String(contentsOfFile: "\(server.folder)/data/setup-token", encoding: .utf8)
                    .trimmingCharacters(in: .newlines)
                try await browser.open("\(server.base)/setup?token=\(token)")
                try await browser.type("ada", into: "[data-testid=setup-name]")
                try await browser.type("four words in a row", into: "[data-testid=setup-password]")
                try await browser.click("[data-testid=setup-submit]")
                try await eventually("being signed in") { try await browser.url.hasSuffix("/displays") }
                _ = try await browser.run(
                    """
                    return fetch('/api/v1/albums', { method: 'POST', body: JSON.stringify({ name: 'Wedding' }), headers: {
                        'Content-Type': 'application/json',
                        'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content } }).then((r) => '' + r.status)
                    """)

                // An invitation.
                try await browser.open("\(server.base)/people")
                try await Self.choose("editor", in: "[data-testid=invite-role]", browser)
                try await browser.click("[data-testid=invite]")
                let linkField = "return document.querySelector('[data-testid=link-url]').value"
                try await eventually("the link being shown") {
                    try await browser.run(linkField).contains("/invite?token=")
                }
                let invitation = try await browser.run(linkField)
                try await browser.click("[data-testid=link-done]")

                // A link for a guest.
                try await browser.type("Aunt May <b>", into: "[data-testid=upload-link-label]")
                try await browser.click("[data-testid=upload-link-make]")
                try await eventually("the guest's link being shown") {
                    try await browser.run(linkField).contains("/guest?link=")
                }
                let guest = try await browser.run(linkField)
                try await browser.click("[data-testid=link-done]")
                try await eventually("the link being listed") {
                    try await browser.text(of: "[data-testid=upload-links]").contains("Aunt May <b>")
                }

                // A token.
                try await browser.open("\(server.base)/account")
                try await browser.type("backup script", into: "[data-testid=token-name]")
                try await browser.click("[data-testid=token-scope-see]")
                try await browser.click("[data-testid=token-make]")
                try await eventually("the secret being shown") {
                    try await browser.run("return document.querySelector('[data-testid=token-secret]').value")
                        .hasPrefix("vitrine_")
                }
                try await browser.click("[data-testid=token-done]")
                try await eventually("the token being listed") {
                    try await browser.text(of: "[data-testid=tokens]").contains("backup script")
                }
                try await Self.keep(browser, "account-\(width)")

                try await browser.open("\(server.base)/people")
                try await eventually("what was done being listed") {
                    let text = try await browser.text(of: "[data-testid=audit]")
                    return text.contains("ada: invitation: made") && text.contains("ada: upload link: made")
                }
                try await Self.keep(browser, "people-\(width)")

                // The guest.
                try await browser.open(guest)
                let photo = "/usr/share/backgrounds/mate/nature/Dune.jpg"
                try await browser.type(photo, into: "[data-testid=guest-files]")
                try await eventually("the guest's photo being taken", within: .seconds(60)) {
                    try await browser.text(of: "[data-testid=guest-summary]") == "1 of 1 added"
                }
                try await Self.keep(browser, "guest-\(width)")
                #expect(try await browser.url.hasSuffix("/guest"))

                // Whoever was invited.
                try await browser.open(invitation)
                try await browser.type("grace", into: "[data-testid=link-name]")
                try await browser.type("five words in a row", into: "[data-testid=link-password]")
                try await Self.keep(browser, "invite-\(width)")
                try await browser.click("[data-testid=link-submit]")
                try await eventually("grace being signed in") {
                    try await browser.text(of: "[data-testid=user-name]") == "grace"
                }
                #expect(
                    try await browser.run("return document.querySelector('a[href=\"/people\"]').checkVisibility() + ''")
                        == "false")
                // Her account is disabled, and given back.
                try await browser.devTools("Network.clearBrowserCookies")
                try await browser.open("\(server.base)/signin?next=/people")
                try await browser.type("ada", into: "[data-testid=sign-in-name]")
                try await browser.type("four words in a row", into: "[data-testid=sign-in-password]")
                try await browser.click("[data-testid=sign-in]")
                try await browser.click("[data-testid=users] li:last-child [data-testid=user-disable]")
                try await browser.click("[data-testid=confirm-yes]")
                try await eventually("grace being disabled") {
                    try await browser.text(of: "[data-testid=users] li:last-child").contains("disabled since")
                }
                try await Self.keep(browser, "people-disabled-\(width)")
                try await browser.click("[data-testid=users] li:last-child [data-testid=user-enable]")
                try await eventually("grace being enabled") {
                    try await browser.text(of: "[data-testid=users] li:last-child").contains("signed in 0×")
                }
                let errors = try await browser.consoleErrors()
                #expect(errors == [], "the page complained")
            }
        }
    }
}
