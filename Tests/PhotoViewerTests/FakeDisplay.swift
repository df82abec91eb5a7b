import DisplayChannel
import Foundation
import Logging
import PhotoViewer
import Slideshow
import TestSupport

/// One display that runs, from its start to its end.
struct FakeDisplay: Sendable {
    let house: FakeHouse
    let stage: FakeStage
    let folder: String
    /// Lines made for earlier runs of the display.
    let earlierLinks: Int
    /// Why the display's program ended, when it did by itself.
    let end = Shared<DisplayEnd?>(nil)

    var traceFile: String { "\(self.folder)/trace.jsonl" }

    /// The newest line to the mediator.
    func link() async throws -> FakeLink {
        try await eventually("a line to the mediator") { self.house.ask { $0.links.dropFirst(self.earlierLinks).last } }
    }

    func shows(_ name: String) async throws {
        let wanted = PictureID(FakeHouse.rendition(name))
        try await eventually("\(name) on the stage") {
            self.stage.scene.current == wanted && self.stage.scene.isSettled
        }
    }

    /// The name of the photo that comes to the stage, of `names`.
    func showsOne(of names: [String], but avoided: String? = nil) async throws -> String {
        try await eventually("one of \(names) on the stage") {
            names.first { name in
                name != avoided && self.stage.scene.current == PictureID(FakeHouse.rendition(name))
                    && self.stage.scene.isSettled
            }
        }
    }

    /// The cached file of a photo, if it is here.
    static func cachedFile(of name: String, in folder: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/photos")) ?? []
        return names.first { $0.hasPrefix(FakeHouse.rendition(name)) && $0.hasSuffix(".jpg") }
            .map { "\(folder)/photos/\($0)" }
    }

    func status(_ what: String, _ fact: (DisplayStatus) -> Bool) async throws -> DisplayStatus {
        try await eventually(what) {
            let status = try await self.link().status
            return fact(status) ? status : nil
        }
    }

    func report(of revision: Int64) async throws -> DisplayStatus.CommandReport {
        try await eventually("a report of command \(revision)") {
            try await self.link().status.commands.first { $0.revision == revision }
        }
    }
}

/// A fade of 20 ms, an hour for each photo, as listed.
let calmSettings = Array(
    #"{"interval_time":1,"interval_units":"hours","order":"as_listed","transition_ms":20}"#.utf8)

/// Runs a display in `folder` until `body` is done. Ending it writes nothing, so it is as good as killing it.
func withDisplay<Result: Sendable>(
    in folder: String, house: FakeHouse, cacheLimitBytes: Int64 = 1 << 20, tokenFile: String? = nil,
    mayReboot: Bool = false, server: String? = "http://house.test:8080", power: [PowerChoice] = [.black],
    now: @escaping @Sendable () -> Moment = Moment.current,
    stage: FakeStage? = nil, _ body: @Sendable @escaping (FakeDisplay) async throws -> Result
) async throws -> Result {
    let stage = stage ?? FakeStage()
    let display = FakeDisplay(
        house: house, stage: stage, folder: folder, earlierLinks: house.ask { $0.links.count })
    var configuration = DisplayProgram.Configuration(
        server: server, dataFolder: folder, name: "Hall", tokenFile: tokenFile, traceFile: display.traceFile,
        cacheLimitBytes: cacheLimitBytes, mayReboot: mayReboot)
    configuration.power = power
    let program = DisplayProgram(
        configuration, stage: stage, service: house, checkPhoto: FakeStage.check,
        makeLink: { _, folder, _ throws(ViewerError) in
            let link = FakeLink(folder)
            house.change { $0.links.append(link) }
            return link
        }, findServer: { () throws(ViewerError) -> String? in house.ask { $0.announced } }, now: now,
        logger: Logger(label: "test"))
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            display.end.set(try await program.run())
            return nil
        }
        group.addTask { try await body(display) }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}
