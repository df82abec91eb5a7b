import BenchmarkSupport
import Foundation

/// How long it takes from a change in the browser to the first frame that shows it, beside a display that polls.
///
/// Prints a Markdown table. The clock starts before the request is sent, so the way to the server is counted too, and
/// stops at the moment the renderer presented the frame, which the viewer writes into its trace.
@main
enum ClickToPixels {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            print("usage: click-to-pixels PHOTOSERVER PHOTOVIEWER")
            exit(64)
        }
        do {
            try await self.measure(photoserver: arguments[1], photoviewer: arguments[2])
            Program.stopAll()
        } catch {
            Program.stopAll()
            FileHandle.standardError.write(Data("click-to-pixels: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func measure(photoserver: String, photoviewer: String) async throws {
        let house = try await Installation(photoserver: photoserver, photoviewer: photoviewer)
        defer { house.removeFolder() }

        // Warm-up, so that no first-time work is counted.
        for round in -6..<0 { _ = try await self.settingChange(house, round) }
        var settings: [Double] = []
        var photos: [Double] = []
        for round in 0..<200 {
            settings.append(try await self.settingChange(house, round))
            photos.append(try await self.photoChange(house))
            // Changes are made at any moment of a frame.
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...60)))
        }
        let polls = try await Polling(house: house).measure(displays: 40, changes: 4)

        print("| change, photo cached, 640 × 360 | samples | p50 | p99 |")
        print("|---|---|---|---|")
        self.row("setting (brightness), request to presented frame", settings)
        self.row("next photo (cut), request to presented frame", photos)
        self.row("the same setting by polling every 10 s, request to knowing it", polls)
        let ratio = Percentiles(polls).median / Percentiles(settings).median
        print("\nAt the median the watch is \(Int(ratio.rounded())) times sooner than polling every 10 s.")
    }

    private static func row(_ name: String, _ milliseconds: [Double]) {
        let percentiles = Percentiles(milliseconds)
        print("| \(name) | \(milliseconds.count) | \(percentiles.text(50)) ms | \(percentiles.text(99)) ms |")
    }

    private static func settingChange(_ house: Installation, _ round: Int) async throws -> Double {
        let brightness = round.isMultiple(of: 2) ? 0.8 : 1.0
        return try await house.time(until: "settings") {
            try await house.change(["settings": ["brightness": brightness]])
        }
    }

    private static func photoChange(_ house: Installation) async throws -> Double {
        try await house.time(until: "command") { try await house.next() }
    }
}
