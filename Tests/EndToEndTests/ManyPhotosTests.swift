import EtcdClient
import Foundation
import TestSupport
import Testing

/// A display that shows photo after photo, hostile ones among them, in the memory it had after the first few.
@Suite(.serialized) struct ManyPhotosTests {
    /// A stage, and the most proportional memory in MB that it may take at 1080p.
    struct Ceiling: Sendable {
        var stage: House.Stage
        var megabytes: Double
    }

    /// `VITRINE_PHOTOS` asks for a longer run than there is time for every day.
    private static let count = ProcessInfo.processInfo.environment["VITRINE_PHOTOS"].flatMap { Int($0) } ?? 160

    @Test(
        .timeLimit(.minutes(240)),
        arguments: [Ceiling(stage: .files, megabytes: 60), Ceiling(stage: .screen, megabytes: 115)])
    func memoryStaysFlatOverManyPhotos(ceiling: Ceiling) async throws {
        try await withTemporaryFolder { folder in
            let photos = try await ManyPhotos(Self.count, size: "1920x1080", folder: folder)
            let port = try FreePort.next()
            let store = try ChildProcess(
                try BuiltProgram.store, ["--data", "\(folder)/store", "--listen", "127.0.0.1:\(port)"],
                log: "\(folder)/store.log")
            defer { store.kill() }
            let etcd = "http://127.0.0.1:\(port)"
            let client = EtcdClient(try .init(endpoints: etcd))
            try await PhotoStub.with(etcd: etcd, content: { photos.content($0) }) { stub in
                let viewer = try ChildProcess(
                    try BuiltProgram.photoviewer,
                    [
                        "run", "--server", "http://127.0.0.1:\(stub.port)", "--data", "\(folder)/display",
                        "--stage", ceiling.stage.rawValue, "--size", "1920x1080", "--trace", "\(folder)/trace",
                        "--cache-limit-mb", "64", "--log-level", "error",
                    ], environment: ["SDL_VIDEODRIVER": "offscreen"], log: "\(folder)/viewer.log")
                defer { viewer.kill() }
                let id = try await eventually("the display", within: .seconds(60)) { stub.displays.value.first }
                let settings = #"{"interval_time":1,"interval_units":"days","transition":"cut","background":"blur"}"#
                try await client.put(Key("/\(id):settings"), Value(settings))
                try await client.put(
                    Key("/\(id):playlist"),
                    Value(#"{"sha256":"\#(photos.playlistDigest)","count":\#(photos.count)}"#))
                let run = Run(id: id, client: client, viewer: viewer, trace: "\(folder)/trace")
                let samples = try await run.show(photos.count - photos.hostileCount - 1)
                let fullest = try #require(samples.max { $0.megabytes < $1.megabytes }).memory
                let peak = fullest.counted
                let slope = Self.slope(Array(samples.dropFirst(samples.count / 4))) * 1024
                print(
                    "\(ceiling.stage): \(photos.count) photos, at most \(peak) MB, \(slope) KB a photo;",
                    samples.map { "\($0.shown): \($0.megabytes)" }.joined(separator: ", "), "; at the most \(fullest)")
                #expect(viewer.isRunning, "\(viewer.output.suffix(3000))")
                #expect(peak < ceiling.megabytes)
                // In a short run the last page or two of the allocator weigh more than a kilobyte a photo.
                #expect(slope < (Self.count >= 5_000 ? 1 : 20))
            }
            await client.close()
        }
    }

    /// Least squares: MB a photo.
    private static func slope(_ samples: [Run.Sample]) -> Double {
        let count = Double(samples.count)
        let meanX = samples.reduce(0) { $0 + Double($1.shown) } / count
        let meanY = samples.reduce(0) { $0 + $1.megabytes } / count
        let spread = samples.reduce(0) { $0 + (Double($1.shown) - meanX) * (Double($1.shown) - meanX) }
        return samples.reduce(0) { $0 + (Double($1.shown) - meanX) * ($1.megabytes - meanY) } / spread
    }
}

/// Has one display go on from photo to photo.
private struct Run {
    struct Sample: Sendable {
        var shown: Int
        var memory: MemoryParts
        var megabytes: Double { self.memory.counted }
    }

    let id: String
    let client: EtcdClient
    let viewer: ChildProcess
    let trace: String

    /// Shows `count` photos and looks at the memory now and then.
    func show(_ count: Int) async throws -> [Sample] {
        var samples: [Sample] = []
        for number in 1...count {
            try await self.client.put(Key("/\(self.id):change_photo"), Value(#""forward""#))
            var sent = ContinuousClock.now
            try await eventually("photo \(number) on the stage", within: .seconds(120)) {
                if try self.shown() >= number { return true }
                if sent.duration(to: .now) > .seconds(2) {
                    // None had arrived; now one may have.
                    try await self.client.put(Key("/\(self.id):change_photo"), Value(#""forward""#))
                    sent = .now
                }
                return false
            }
            if number.isMultiple(of: max(count / 40, 1)) {
                samples.append(Sample(shown: number, memory: try self.memory()))
            }
        }
        return samples
    }

    /// Commands whose frame was presented.
    private func shown() throws -> Int {
        guard let trace = FileManager.default.contents(atPath: self.trace) else { return 0 }
        return String(decoding: trace, as: UTF8.self).split(separator: "\n").count { $0.contains("command") }
    }

    /// What the viewer holds now.
    private func memory() throws -> MemoryParts { try MemoryParts(of: self.viewer.identifier) }
}
