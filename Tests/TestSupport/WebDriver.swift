import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A real Chromium, driven through chromedriver by the W3C WebDriver protocol.
package final class WebDriver: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// An element of the page.
    package struct Element: Sendable {
        let id: String
    }

    private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"
    private let driver: ChildProcess
    private let base: String
    private let session: String

    private init(driver: ChildProcess, base: String, session: String) {
        self.driver = driver
        self.base = base
        self.session = session
    }

    /// Lends a browser window of `width` × `height` CSS pixels to `body`; the browser is gone when this returns.
    package static func withBrowser<Result: Sendable>(
        width: Int = 1280, height: Int = 900, dark: Bool = false, log folder: String,
        _ body: (WebDriver) async throws -> Result
    ) async throws -> Result {
        let port = try FreePort.next()
        let driver = try ChildProcess(
            "chromedriver", ["--port=\(port)"], log: "\(folder)/chromedriver.log")
        defer { driver.kill() }
        let base = "http://127.0.0.1:\(port)"
        try await eventually("chromedriver answering") {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(base)/status"), timeout: .seconds(2))
            return response.status == .ok
        }
        var arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=\(width),\(height)", "--user-data-dir=\(folder)/chromium", "--no-first-run",
        ]
        if dark { arguments.append("--blink-settings=preferredColorScheme=0") }
        let capabilities: [String: Any] = [
            "capabilities": [
                "alwaysMatch": [
                    "browserName": "chrome", "goog:chromeOptions": ["args": arguments] as [String: Any],
                    "goog:loggingPrefs": ["browser": "ALL"],
                ] as [String: Any]
            ]
        ]
        let answer = try await Self.send(.POST, "\(base)/session", capabilities, timeout: .seconds(60))
        guard let value = answer as? [String: Any], let session = value["sessionId"] as? String else {
            throw Failure(description: "chromedriver gave no session: \(String(describing: answer))")
        }
        let browser = WebDriver(driver: driver, base: base, session: session)
        do {
            let result = try await body(browser)
            await browser.quit()
            return result
        } catch {
            await browser.quit()
            throw error
        }
    }

    package func open(_ url: String) async throws { _ = try await self.command(.POST, "url", ["url": url]) }

    package var url: String { get async throws { try await self.command(.GET, "url") as? String ?? "" } }

    /// The first element that matches a CSS selector, waiting for it to appear.
    package func element(_ selector: String, within limit: Duration = .seconds(20)) async throws -> Element {
        try await eventually("element \(selector) appearing", within: limit) {
            let found = try await self.command(.POST, "elements", ["using": "css selector", "value": selector])
            guard let first = (found as? [[String: Any]])?.first, let id = first[Self.elementKey] as? String else {
                return nil
            }
            return Element(id: id)
        }
    }

    package func count(of selector: String) async throws -> Int {
        let found = try await self.command(.POST, "elements", ["using": "css selector", "value": selector])
        return (found as? [Any])?.count ?? 0
    }

    package func click(_ selector: String) async throws {
        try await self.act("click", on: selector, [:])
    }

    /// Types into an element; for a file input, `text` is one or more paths separated by newlines.
    package func type(_ text: String, into selector: String) async throws {
        try await self.act("value", on: selector, ["text": text])
    }

    package func clear(_ selector: String) async throws {
        try await self.act("clear", on: selector, [:])
    }

    /// Keys of the WebDriver protocol (section 17.4.2).
    package enum Key: String, Sendable {
        case enter = "\u{E007}"
        case shift = "\u{E008}"
        case control = "\u{E009}"
        case alt = "\u{E00A}"
        case escape = "\u{E00C}"
        case left = "\u{E012}"
        case up = "\u{E013}"
        case right = "\u{E014}"
        case down = "\u{E015}"
        case delete = "\u{E017}"
        case tab = "\u{E004}"
        case space = " "
    }

    /// Presses a key on whatever has the focus, while others are held.
    package func press(_ key: String, holding held: [Key] = []) async throws {
        var actions: [[String: String]] = held.map { ["type": "keyDown", "value": $0.rawValue] }
        actions += [["type": "keyDown", "value": key], ["type": "keyUp", "value": key]]
        actions += held.reversed().map { ["type": "keyUp", "value": $0.rawValue] }
        _ = try await self.command(
            .POST, "actions", ["actions": [["type": "key", "id": "keys", "actions": actions] as [String: Any]]])
    }

    package func press(_ key: Key, holding held: [Key] = []) async throws {
        try await self.press(key.rawValue, holding: held)
    }

    /// Drags one element onto the left half of another, as a mouse does.
    package func drag(_ selector: String, onto target: String) async throws {
        let from = try await self.element(selector), to = try await self.element(target)
        func move(_ element: Element, _ x: Int) -> [String: Any] {
            ["type": "pointerMove", "duration": 200, "x": x, "y": 0, "origin": [Self.elementKey: element.id]]
        }
        let actions: [[String: Any]] = [
            move(from, 0), ["type": "pointerDown", "button": 0], move(from, 6), move(to, 0), move(to, -20),
            ["type": "pointerUp", "button": 0],
        ]
        _ = try await self.command(
            .POST, "actions",
            [
                "actions": [
                    [
                        "type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": actions,
                    ] as [String: Any]
                ]
            ])
    }

    package func text(of selector: String) async throws -> String {
        try await self.whenFresh(selector) {
            try await self.command(.GET, "element/\($0.id)/text") as? String ?? ""
        }
    }

    /// Runs `script` as a function body in the page and returns its JSON value as text.
    @discardableResult
    package func run(_ script: String) async throws -> String {
        let value = try await self.command(.POST, "execute/sync", ["script": script, "args": [Any]()])
        return (value as? String) ?? String(describing: value ?? "null")
    }

    /// A command of the Chrome DevTools protocol, for what WebDriver has no words for.
    package func devTools(_ method: String, _ parameters: [String: Any] = [:]) async throws {
        _ = try await self.command(.POST, "goog/cdp/execute", ["cmd": method, "params": parameters])
    }

    /// Lays the page out at a width that Chromium's windows do not go down to.
    package func emulate(width: Int, height: Int) async throws {
        try await self.devTools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    }

    /// Drops files and folders of this machine into the middle of the page, as from a file manager.
    package func drop(_ paths: [String]) async throws {
        for type in ["dragEnter", "dragOver", "drop"] {
            try await self.devTools(
                "Input.dispatchDragEvent",
                [
                    "type": type, "x": 150, "y": 300,
                    "data": ["items": [Any](), "files": paths, "dragOperationsMask": 1] as [String: Any],
                ])
        }
    }

    /// How fast the page may send, in bytes a second; 0 for as fast as it can.
    package func limitUpload(to bytesPerSecond: Int) async throws {
        try await self.devTools("Network.enable")
        try await self.devTools(
            "Network.emulateNetworkConditions",
            [
                "offline": false, "latency": 0, "downloadThroughput": -1,
                "uploadThroughput": bytesPerSecond > 0 ? bytesPerSecond : -1,
            ])
    }

    /// What the page wrote to its console at level SEVERE: script errors, blocked resources.
    package func consoleErrors() async throws -> [String] {
        let entries = try await self.command(.POST, "se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.filter { $0["level"] as? String == "SEVERE" }.compactMap { $0["message"] as? String }
    }

    /// A PNG of the window.
    package func screenshot(to path: String) async throws {
        try Self.write(try await self.command(.GET, "screenshot"), to: path)
    }

    /// A PNG of one element, as it is painted.
    package func screenshot(of selector: String, to path: String) async throws {
        try await self.whenFresh(selector) { element in
            try Self.write(try await self.command(.GET, "element/\(element.id)/screenshot"), to: path)
        }
    }

    private static func write(_ answer: Any?, to path: String) throws {
        guard let text = answer as? String, let data = Data(base64Encoded: text) else {
            throw Failure(description: "the browser gave no screenshot")
        }
        try data.write(to: URL(fileURLWithPath: path))
    }

    private func quit() async {
        // The driver is killed next; a session that cannot be ended politely ends with it.
        _ = try? await Self.send(.DELETE, "\(self.base)/session/\(self.session)", nil, timeout: .seconds(5))
    }

    private func act(_ action: String, on selector: String, _ body: [String: String]) async throws {
        try await self.whenFresh(selector) { _ = try await self.command(.POST, "element/\($0.id)/\(action)", body) }
    }

    /// A live page may put a new element in the place of the one just found: then that one is meant. One that is just being
    /// shown is waited for, as people do.
    private func whenFresh<Result>(_ selector: String, _ body: (Element) async throws -> Result) async throws -> Result
    {
        let limit = ContinuousClock.now + .seconds(5)
        var replacements = 0
        while true {
            do {
                return try await body(try await self.element(selector))
            } catch let failure as Failure where failure.description.hasPrefix("stale element reference") {
                replacements += 1
                guard replacements < 10 else {
                    throw Failure(description: "\(selector) was replaced ten times in a row")
                }
            } catch let failure as Failure where failure.description.hasPrefix("element not interactable") {
                guard .now < limit else { throw Failure(description: "\(selector): \(failure.description)") }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func command(_ method: Method, _ path: String, _ body: [String: Any]? = nil) async throws -> Any? {
        try await Self.send(method, "\(self.base)/session/\(self.session)/\(path)", body, timeout: .seconds(30))
    }

    private enum Method: String { case GET, POST, DELETE }

    private static func send(
        _ method: Method, _ url: String, _ body: [String: Any]?, timeout: TimeAmount
    ) async throws -> Any? {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method.rawValue)
        if let body {
            let data = try JSONSerialization.data(withJSONObject: body)
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: data))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let data = Data(buffer: try await response.body.collect(upTo: 64 << 20))
        let answer = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        if let failure = answer?["value"] as? [String: Any], let error = failure["error"] as? String {
            throw Failure(description: "\(error): \(failure["message"] as? String ?? "")")
        }
        return answer?["value"]
    }
}
