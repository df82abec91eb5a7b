import DisplayChannel
import Foundation
import PhotoViewer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DisplayChangeTests {
    private static func withShow<Result: Sendable>(
        of names: [String] = ["a", "b", "c"], cacheLimitBytes: Int64 = 1 << 20,
        _ body: @Sendable @escaping (FakeDisplay) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse(), cacheLimitBytes: cacheLimitBytes) { display in
                // Alone at first, so that it is the one that is shown: otherwise that is whichever arrives first.
                let first = display.house.addPlaylist([names[0]])
                try await display.link().say([.settings: calmSettings, .playlist: first.json], revision: 1)
                try await display.shows(names[0])
                try await display.link().say([.playlist: display.house.addPlaylist(names).json], revision: 1)
                try await eventually("all photos fetched") {
                    display.house.ask { $0.downloads.count == names.count }
                }
                // The slideshow hears of a photo a moment after it was fetched, and surely has when it shows it.
                for (index, name) in (names.dropFirst() + [names[0]]).enumerated() {
                    try await display.link().command(.show(photo: name), revision: Int64(index) - 100)
                    try await display.shows(name)
                }
                return try await body(display)
            }
        }
    }

    @Test func aSettingIsAppliedWithTheFrameThatShowsItAndTraced() async throws {
        try await Self.withShow { display in
            try await display.link().say([.settings: Array(#"{"brightness":"0.500"}"#.utf8)], revision: 5)
            let status = try await display.status("revision 5 applied") { $0.appliedRevision == 5 }
            #expect(display.stage.scene.look.brightness == 0.5)
            #expect(display.stage.scene.current == PictureID(FakeHouse.rendition("a")))
            #expect(try #require(status.appliedAfterMilliseconds) >= 0)
            let line = try await eventually("the trace") {
                String(decoding: FileManager.default.contents(atPath: display.traceFile) ?? Data(), as: UTF8.self)
                    .split(separator: "\n").first { $0.contains(#""revision":5}"#) }
            }
            #expect(line.hasPrefix(#"{"kind":"settings","presented_ns":1"#))
        }
    }

    @Test func aValueThatIsRefusedIsNamed() async throws {
        try await Self.withShow { display in
            try await display.link().say([.settings: Array(#"{"fit":"stretch"}"#.utf8)], revision: 5)
            let status = try await display.status("revision 5 applied") { $0.appliedRevision == 5 }
            #expect(status.warnings.contains { $0.contains("fit") })
        }
    }

    @Test func aCommandIsDoneWhenItsFrameIsPresented() async throws {
        try await Self.withShow { display in
            try await display.link().command(.changePhoto(.forward), revision: 11)
            #expect(try await display.report(of: 11).result == .done)
            try await display.shows("b")
            try await display.link().command(.changePhoto(.back), revision: 12)
            #expect(try await display.report(of: 12).result == .done)
            try await display.shows("a")
            try await display.link().command(.show(photo: "c"), revision: 13)
            #expect(try await display.report(of: 13).result == .done)
            try await display.shows("c")
            #expect(try await display.link().status.showing == "c")
        }
    }

    @Test func aCommandThatCannotBeFollowedIsSkippedWithItsReason() async throws {
        try await Self.withShow(of: ["a"]) { display in
            for (revision, command) in [
                (21, DisplayCommand.changePhoto(.forward)), (22, .show(photo: "nowhere")), (23, .reboot),
            ] {
                try await display.link().command(command, revision: Int64(revision))
                let report = try await display.report(of: Int64(revision))
                #expect(report.result == .skipped)
                #expect(report.reason?.isEmpty == false)
            }
        }
    }

    @Test(arguments: [(DisplayCommand.restartScreen, DisplayEnd.restart), (.reboot, .reboot)])
    func aDisplayThatIsToStartAnewSaysSoAndEnds(command: DisplayCommand, end: DisplayEnd) async throws {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse(), mayReboot: true) { display in
                try await display.link().command(command, revision: 7)
                #expect(try await display.report(of: 7).result == .done)
                try await eventually("the end") { display.end.get() == end }
            }
        }
    }

    @Test func aPhotoAskedForByNameIsFetchedFirst() async throws {
        try await Self.withShow(of: ["a"]) { display in
            let playlist = display.house.addPlaylist(["a", "late"], withPhotos: false)
            try await display.link().say([.playlist: playlist.json], revision: 2)
            _ = try await display.status("the playlist applied") { $0.appliedRevision == 2 }
            try await display.link().command(.show(photo: "late"), revision: 31)
            display.house.addPhotos(["late"])
            #expect(try await display.report(of: 31).result == .done)
            try await display.shows("late")
        }
    }

    @Test func aPictureOfTheScreenIsSentWhenAskedFor() async throws {
        try await Self.withShow { display in
            try await display.link().command(.currentDisplay(request: "r-1"), revision: 41)
            #expect(try await display.report(of: 41).result == .done)
            let picture = try #require(display.house.ask { $0.screens["r-1"] })
            #expect(String(decoding: picture, as: UTF8.self) == "capture of \(FakeHouse.rendition("a"))")
            display.house.change { $0.isServerAway = true }
            try await display.link().command(.currentDisplay(request: "r-2"), revision: 42)
            #expect(try await display.report(of: 42).result == .failed)
        }
    }

    @Test func identifyWritesTheNameAndTakesItAway() async throws {
        try await Self.withShow { display in
            try await display.link().command(.identify(seconds: 1), revision: 51)
            #expect(try await display.report(of: 51).result == .done)
            #expect(display.stage.scene.card?.title == "Hall")
            try await eventually("the name gone") { display.stage.scene.card == nil }
        }
    }

    @Test func aDisplayThatIsOffIsBlackAndStillApplies() async throws {
        try await Self.withShow { display in
            try await display.link().say([.powerState: PowerState.off.json], revision: 2)
            let dark = try await display.status("off") { $0.power == .off && $0.appliedRevision == 2 }
            #expect(display.stage.scene.current == nil && display.stage.scene.light == 0)
            #expect(dark.nextDue == nil)
            let frames = display.stage.presentedFrames
            try await display.link().say([.playlist: display.house.addPlaylist(["x"]).json], revision: 3)
            _ = try await display.status("remembered") { $0.appliedRevision == 3 }
            #expect(display.stage.presentedFrames == frames, "a dark screen draws nothing")
            try await display.link().say([.powerState: PowerState.on.json], revision: 4)
            try await display.shows("x")
            _ = try await display.status("on") { $0.power == .on && $0.appliedRevision == 4 }
        }
    }

    @Test func anotherPlaylistComesToTheScreenWithItsFirstPhoto() async throws {
        try await Self.withShow { display in
            let playlist = display.house.addPlaylist(["x", "y"], withPhotos: false)
            try await display.link().say([.playlist: playlist.json], revision: 2)
            _ = try await display.status("received") { $0.receivedRevision == 2 }
            _ = try await display.status("trouble named") { !$0.warnings.isEmpty }
            #expect(display.stage.scene.current == PictureID(FakeHouse.rendition("a")), "never a black gap")
            #expect(try await display.link().status.appliedRevision == 1)
            display.house.addPhotos(["y"])
            try await display.shows("y")
            _ = try await display.status("applied") { $0.appliedRevision == 2 }
        }
    }

    @Test func anEmptyPlaylistSaysSo() async throws {
        try await Self.withShow { display in
            try await display.link().say([.playlist: display.house.addPlaylist([]).json], revision: 2)
            try await eventually("the card") { display.stage.scene.card?.title == "No photos yet" }
            let status = try await display.status("applied") { $0.appliedRevision == 2 }
            #expect(status.showing == nil)
            #expect(display.stage.loadedPictures.isEmpty)
        }
    }

    @Test func photosListedByNameAreFetchedByName() async throws {
        try await Self.withShow { display in
            let name = "../an old photo.jpg"
            display.house.change { $0.photos[.named(name)] = Array("photo old".utf8) }
            try await display.link().say([.images: Array(#"["../an old photo.jpg"]"#.utf8)], revision: 2)
            try await eventually("the old photo") { display.stage.scene.current?.text == "name:\(name)" }
            #expect(try await display.status("applied") { $0.appliedRevision == 2 }.showing == name)
        }
    }

    @Test func keysActAtOnce() async throws {
        try await Self.withShow { display in
            display.stage.eventSource.yield(.next)
            try await display.shows("b")
            display.stage.eventSource.yield(.previous)
            try await display.shows("a")
            display.stage.eventSource.yield(.toggleInfo)
            try await eventually("information") { display.stage.scene.card?.lines.contains("a") == true }
            display.stage.eventSource.yield(.togglePause)
            _ = try await display.status("paused") { $0.nextDue == nil }
        }
    }

    @Test func aDisplayAtRestDoesNothing() async throws {
        try await Self.withShow { display in
            try await display.link().command(.changePhoto(.forward), revision: 61)
            _ = try await display.report(of: 61)
            _ = try await display.showsOne(of: ["b", "c"])
            let (frames, reports) = (display.stage.presentedFrames, try await display.link().reportCount)
            // What is measured is that nothing happens, so there is no fact to wait for.
            try await Task.sleep(for: .milliseconds(500))
            #expect(display.stage.presentedFrames == frames, "a still draws no frame")
            #expect(try await display.link().reportCount <= reports + 2)
        }
    }

    @Test func noMoreThanTheTwoPicturesOfAFadeAreEverLoaded() async throws {
        try await Self.withShow { display in
            for revision in 60..<90 {
                try await display.link().command(.changePhoto(.forward), revision: Int64(revision))
                _ = try await display.report(of: Int64(revision))
                #expect(display.stage.loadedPictures.count <= 2)
            }
            try await eventually("one picture left") { display.stage.loadedPictures.count == 1 }
        }
    }
}
