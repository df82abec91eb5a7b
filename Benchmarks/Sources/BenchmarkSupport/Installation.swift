import Foundation

/// A server with the embedded store and one display on software GL, as processes, and a signed-in session.
package final class Installation: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let http: PageSession
    package let display: String
    package let folder: String
    private let trace: Trace

    /// The display, which may be stopped and started again.
    package let viewer: Program
    package let base: String

    /// - Parameter size: Of the display's frame, `WIDTHxHEIGHT`.
    package init(photoserver: String, photoviewer: String, size: String = "640x360") async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)").path
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let port = Int.random(in: 11_000..<21_000)
        let base = "http://127.0.0.1:\(port)"
        try Program(photoserver, ["demo", "\(folder)/photos"], log: "\(folder)/demo.log").wait()
        try Program(
            photoserver, ["import", "--data", "\(folder)/server", "--album", "Demo", "\(folder)/photos"],
            log: "\(folder)/import.log"
        ).wait()
        try Program(
            photoserver,
            [
                "serve", "--data", "\(folder)/server", "--listen", "127.0.0.1:\(port)", "--etcd-listen",
                "127.0.0.1:\(port + 10_000)", "--default-album", "Demo",
            ], log: "\(folder)/server.log")
        self.base = base
        let session = PageSession(base: base)
        self.http = session
        try await Self.until("the server answering", log: "\(folder)/server.log") { try await session.isHealthy() }
        let token = try String(contentsOfFile: "\(folder)/server/setup-token", encoding: .utf8)
        try await session.setUp(token: token.trimmingCharacters(in: .whitespacesAndNewlines))
        self.viewer = try Program(
            photoviewer,
            [
                "run", "--server", base, "--data", "\(folder)/display", "--token-file",
                "\(folder)/server/display-token",
                "--stage", "screen", "--size", size, "--trace", "\(folder)/trace.jsonl",
            ], environment: ["SDL_VIDEODRIVER": "offscreen"],
            log: "\(folder)/viewer.log")
        self.trace = Trace(path: "\(folder)/trace.jsonl")
        self.display = try await Self.value("the display showing a photo", log: "\(folder)/viewer.log") {
            let displays = try await session.get([PageSession.Display].self, "displays")
            return displays.first { $0.showingName != nil && $0.liveness == "online" }?.id
        }
        // Nothing moves but what is measured.
        try await self.change([
            "settings": ["transition": "cut", "order": "as_listed", "interval_time": 1, "interval_units": "days"]
        ])
        // Each photo is shown once, so that all are cached.
        for _ in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/photos") {
            _ = try await self.time(until: "command") { try await self.next() }
        }
    }

    package func change(_ members: [String: Any]) async throws {
        try await self.http.send(
            "PATCH", "displays/\(self.display)", try JSONSerialization.data(withJSONObject: members))
    }

    package func next() async throws {
        try await self.http.send("POST", "displays/\(self.display)/next", Data("{}".utf8))
    }

    /// Milliseconds from before `action` to the first presented frame of this kind after it.
    package func time(
        until kind: String, within patience: Duration = .seconds(10), _ action: () async throws -> Void
    ) async throws -> Double {
        let start = Self.wallClock()
        try await action()
        let limit = ContinuousClock.now + patience
        while ContinuousClock.now < limit {
            if let presented = try self.trace.first(of: kind, after: start) { return Double(presented - start) / 1e6 }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Failure(
            description: "no frame of kind \(kind) within \(patience); \(Self.tail("\(self.folder)/viewer.log"))")
    }

    package func removeFolder() { try? FileManager.default.removeItem(atPath: self.folder) }

    /// Nanoseconds since 1970.
    package static func wallClock() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private static func until(_ what: String, log: String, _ fact: () async throws -> Bool) async throws {
        _ = try await self.value(what, log: log) { try await fact() ? true : nil }
    }

    private static func value<Value>(
        _ what: String, log: String, _ fact: () async throws -> Value?
    ) async throws -> Value {
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            if let value = try? await fact() { return value }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure(description: "\(what) did not happen within 60 s; \(self.tail(log))")
    }

    private static func tail(_ log: String) -> String {
        "the log ends:\n" + String(((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").suffix(3000))
    }
}
