import BenchmarkSupport
import Foundation

/// The measurements, one after the other on one installation.
struct Contest {
    let photoserver: String
    let photoviewer: String
    let bare: String
    let chromium: String

    /// What is measured, in this order: each needs the installation as those before it left it, or as it was made.
    enum Work: String, CaseIterable {
        case uncached, kiosk, start, crossfade
    }

    func run(_ works: [Work]) async throws -> [Row] {
        let house = try await Installation(
            photoserver: self.photoserver, photoviewer: self.photoviewer, size: "1920x1080")
        defer { house.removeFolder() }
        var rows: [Row] = []
        for work in Work.allCases where works.contains(work) {
            switch work {
            case .uncached: rows.append(try await self.uncached(house))
            case .kiosk: rows += try await self.besideTheKiosk(house)
            case .start: rows.append(try await self.start(house))
            case .crossfade: rows.append(try await self.crossfade(house))
            }
        }
        return rows
    }

    // MARK: Not cached

    private struct Album: Decodable {
        let id: Int
        let name: String
    }

    /// Another album whose one photo nobody has seen yet: the server decodes and cuts the original, the display fetches it.
    private func uncached(_ house: Installation) async throws -> Row {
        let albums = 40
        for number in 0..<albums {
            let folder = "\(house.folder)/large-\(number)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let photos = ["Dune", "Storm", "Wood"].map { "/usr/share/backgrounds/mate/nature/\($0).jpg" }
            try Program(
                "/usr/bin/convert",
                [
                    photos[number % 3], "-resize", "6000x4000^", "-gravity", "center", "-extent", "6000x4000",
                    "-modulate", "\(90 + number)", "-quality", "90", "\(folder)/large-\(number).jpg",
                ], log: "\(house.folder)/convert.log"
            ).wait()
            try Program(
                self.photoserver,
                ["import", "--data", "\(house.folder)/server", "--album", "Large \(number)", folder],
                log: "\(house.folder)/import.log"
            ).wait()
        }
        var times: [Double] = []
        for album in try await house.http.get([Album].self, "albums") where album.name.hasPrefix("Large") {
            times.append(try await house.time(until: "playlist") { try await house.change(["album": album.id]) })
            try await Task.sleep(for: .milliseconds(500))
        }
        // What follows fades from photo to photo, which an album of one does not.
        for album in try await house.http.get([Album].self, "albums") where album.name == "Demo" {
            try await house.change(["album": album.id])
        }
        try await Task.sleep(for: .seconds(5))
        let percentiles = Percentiles(times)
        return Row(
            work: "another album, its one photo of 24 megapixels not cut yet, 1080p: request to presented frame, "
                + "\(times.count) times",
            viewer: "p50 \(percentiles.text(50)) ms, p99 \(percentiles.text(99)) ms", peer: "–", asked: "p99 < 300 ms",
            isReached: times.count == albums && percentiles.value(99) < 300)
    }

    // MARK: The kiosk

    private func besideTheKiosk(_ house: Installation) async throws -> [Row] {
        try await house.change([
            "settings": [
                "transition": "crossfade", "transition_ms": 1000, "interval_time": 4, "interval_units": "seconds",
                "order": "as_listed", "brightness": 1, "contrast": 1, "saturation": 1,
            ] as [String: Any]
        ])
        let photos = try FileManager.default.contentsOfDirectory(atPath: "\(house.folder)/photos").sorted()
            .map { "\(house.folder)/photos/\($0)" }
        let cut = try self.cut(photos, folder: house.folder)
        let kiosk = try await Kiosk(chromium: self.chromium, photos: cut, folder: house.folder)
        try await Task.sleep(for: .seconds(60))
        var ours: [Double] = []
        var theirs: [Double] = []
        let viewer = ProcessTree(root: house.viewer.identifier)
        for _ in 0..<20 {
            try await Task.sleep(for: .milliseconds(1_370))
            ours.append(try viewer.proportionalMegabytes())
            theirs.append(try ProcessTree(root: kiosk.browser.identifier).proportionalMegabytes())
        }
        try kiosk.stop()
        let memory = (ours: Percentiles(ours).largest, theirs: Percentiles(theirs).median)

        // One photo, for hours. The status is told at systemd's usual pace, not at the one that measures.
        try await house.change(["settings": ["interval_time": 1, "interval_units": "days"] as [String: Any]])
        house.viewer.stop()
        let resting = try self.display(house, server: house.base, environment: [:])
        let still = try await Kiosk(chromium: self.chromium, photos: [cut[0]], folder: house.folder)
        try await Task.sleep(for: .seconds(20))
        let restingCPU = try await ProcessTree(root: resting.identifier).cpuPercent(over: 60)
        let stillCPU = try await ProcessTree(root: still.browser.identifier).cpuPercent(over: 60)
        try still.stop()
        resting.stop()
        return [
            Row(
                work: "proportional memory while photos of 1080p crossfade every 4 s (viewer: most; kiosk: median)",
                viewer: String(format: "%.0f MB", memory.ours), peer: String(format: "%.0f MB", memory.theirs),
                asked: "≤ 0.25", isReached: memory.ours <= memory.theirs / 4),
            Row(
                work: "processor on a still picture, of one core, over 60 s",
                viewer: String(format: "%.2f %%", restingCPU), peer: String(format: "%.2f %%", stillCPU),
                asked: "< 0.5 % and ≤ 0.1", isReached: restingCPU < 0.5 && restingCPU <= stillCPU / 10),
        ]
    }

    /// The photos as the server cuts them for a screen of 1080p, so that the kiosk has no more to decode.
    private func cut(_ photos: [String], folder: String) throws -> [String] {
        try photos.enumerated().map { index, photo in
            let path = "\(folder)/kiosk-\(index).jpg"
            try Program(
                "/usr/bin/convert", [photo, "-resize", "1920x1080", "-quality", "88", path],
                log: "\(folder)/convert.log"
            ).wait()
            return path
        }
    }

    // MARK: Start

    /// From the start of the process to its first picture, with nobody to ask.
    private func start(_ house: Installation) async throws -> Row {
        var times: [Double] = []
        for _ in 0..<20 {
            let notify = try NotifySocket(folder: FileManager.default.temporaryDirectory.path)
            let begin = ContinuousClock.now
            // A port that nothing listens on.
            let viewer = try self.display(house, server: "http://127.0.0.1:9", environment: notify.environment)
            _ = try await notify.wait(for: "the first photo") {
                $0.contains("STATUS=showing ") && !$0.contains("nothing")
            }
            times.append(begin.duration(to: .now) / .milliseconds(1))
            viewer.stop()
        }
        let percentiles = Percentiles(times)
        return Row(
            work: "start of the process to its first picture from the cache, 1080p, no server, \(times.count) times",
            viewer: "p50 \(percentiles.text(50)) ms, most \(percentiles.text(100)) ms", peer: "–", asked: "< 500 ms",
            isReached: percentiles.largest < 500)
    }

    private func display(
        _ house: Installation, server: String, _ options: [String] = [], environment: [String: String]
    ) throws -> Program {
        try Program(
            self.photoviewer,
            [
                "run", "--server", server, "--data", "\(house.folder)/display", "--stage", "screen", "--size",
                "1920x1080", "--trace", "\(house.folder)/trace.jsonl",
            ] + options, environment: environment.merging(["SDL_VIDEODRIVER": "offscreen"]) { first, _ in first },
            log: "\(house.folder)/viewer-again.log")
    }

    // MARK: Crossfade

    /// Frames a second in a long crossfade with everything adjusted, by turns with the bare shader. Neither waits for a
    /// screen's next refresh.
    private func crossfade(_ house: Installation) async throws -> Row {
        house.viewer.stop()
        let notify = try NotifySocket(folder: FileManager.default.temporaryDirectory.path)
        let viewer = try self.display(
            house, server: house.base, ["--frame-rate", "1000"], environment: notify.environment)
        defer { viewer.stop() }
        _ = try await self.frames(notify)
        try await house.change([
            "settings": [
                "transition": "crossfade", "transition_ms": 60_000, "brightness": 1.1, "contrast": 0.9,
                "saturation": 1.3,
            ] as [String: Any]
        ])
        var ratios: [Double] = []
        var ours: [Double] = []
        var floors: [Double] = []
        for round in 0..<3 {
            try await house.next()
            try await Task.sleep(for: .seconds(2))
            let first = try await self.frames(notify)
            try await self.listen(to: notify, for: .seconds(10))
            let second = try await self.frames(notify)
            guard second.count > first.count else { throw BenchmarkFailure("the display did not fade") }
            let rate = Double(second.count - first.count) / (first.at.duration(to: second.at) / .seconds(1))
            // The display at rest, so that the floor has the processors to itself.
            try await house.change(["settings": ["transition": "cut"]])
            try await house.next()
            try await Task.sleep(for: .seconds(1))
            let log = "\(house.folder)/bare-\(round).log"
            try Program(
                self.bare, ["1920", "1080", "10"], environment: ["SDL_VIDEODRIVER": "offscreen"], log: log
            ).wait()
            guard
                let floor = Double(
                    try String(contentsOfFile: log, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
            else { throw BenchmarkFailure("the bare shader gave no number") }
            try await house.change(["settings": ["transition": "crossfade"]])
            ours.append(rate)
            floors.append(floor)
            ratios.append(rate / floor)
        }
        let ratio = Percentiles(ratios).median
        return Row(
            work: "crossfade at 1080p with brightness, contrast and saturation, beside a bare two-texture shader",
            viewer: String(format: "%.1f frames/s", Percentiles(ours).median),
            peer: String(format: "%.1f frames/s, ratio %.2f", Percentiles(floors).median, ratio), asked: "≥ 0.90",
            isReached: ratio >= 0.9)
    }

    /// A display that is not listened to drops what it has to say, and what it said first is heard last.
    private func listen(to notify: NotifySocket, for time: Duration) async throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            _ = notify.take()
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// How many frames the display says it has presented.
    private func frames(_ notify: NotifySocket) async throws -> (count: Int, at: ContinuousClock.Instant) {
        _ = notify.take()
        let message = try await notify.wait(for: "a frame") { $0.contains("frame ") }
        guard let count = message.components(separatedBy: "frame ").last.flatMap({ Int($0.prefix { $0.isNumber }) })
        else { throw BenchmarkFailure("no frame number in \(message)") }
        return (count, .now)
    }
}
