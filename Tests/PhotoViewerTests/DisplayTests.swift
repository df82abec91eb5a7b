import DisplayChannel
import Foundation
import PhotoViewer
import TestSupport
import Testing

/// A whole display against a house in memory. Every test ends in seconds or not at all.
@Suite(.timeLimit(.minutes(1)))
struct DisplayTests {
    @Test func anAdmittedDisplayShowsItsPlaylistAndSaysSo() async throws {
        try await withTemporaryFolder { folder in
            try await withDisplay(in: folder, house: FakeHouse()) { display in
                let playlist = display.house.addPlaylist(["a", "b", "c"])
                try await display.link().say([.settings: calmSettings, .playlist: playlist.json], revision: 7)
                let shown = try await display.showsOne(of: ["a", "b", "c"])
                let status = try await display.status("revision 7 applied") { $0.appliedRevision == 7 }
                #expect(status.showing == shown)
                #expect(status.receivedRevision == 7)
                #expect(status.presentedFrames > 0)
                #expect(status.nextDue != nil)
                #expect(status.resolution == .init(width: 320, height: 180))
                #expect(status.warnings.isEmpty)
                try await eventually("every photo in the cache") { display.house.ask { $0.downloads.count == 3 } }
            }
        }
    }

    @Test func aWaitingDisplaySaysWhatItWaitsFor() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            house.change { $0.isApproved = false }
            try await withDisplay(in: folder, house: house) { display in
                let card = try await eventually("the card") {
                    display.stage.scene.card.flatMap { $0.title == "Waiting for approval" ? $0 : nil }
                }
                let id = try #require(display.house.ask { $0.registrations.first })
                #expect(card.lines.joined().contains(id.text))
                #expect(card.lines.joined().contains("http://house.test:8080"))
                display.house.change { $0.isApproved = true }
                try await display.link().say([.playlist: display.house.addPlaylist(["a"]).json], revision: 1)
                try await display.shows("a")
                #expect(display.stage.scene.card == nil)
                #expect(display.house.ask { $0.registrations.count } == 1)
            }
            #expect(try Self.mode(of: "\(folder)/identity.json") == 0o600)
            #expect(try Self.mode(of: "\(folder)/credentials.json") == 0o600)
        }
    }

    @Test func theOneTimeTokenIsShownToTheServer() async throws {
        try await withTemporaryFolder { folder in
            let tokenFile = "\(folder)/token"
            try Data("once\n".utf8).write(to: URL(filePath: tokenFile))
            try await withDisplay(in: folder, house: FakeHouse(), tokenFile: tokenFile) { display in
                _ = try await display.link()
                #expect(display.house.ask { $0.oneTimeTokens } == ["once"])
            }
        }
    }

    @Test func withoutAnAnswerTheCardNamesTheServer() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            house.change { $0.isServerAway = true }
            try await withDisplay(in: folder, house: house) { display in
                try await eventually("the card") {
                    display.stage.scene.card?.lines.contains("http://house.test:8080") == true
                }
                display.house.change { $0.isServerAway = false }
                _ = try await display.link()
            }
        }
    }

    @Test func aRestartWithoutServerAndMediatorShowsTheSamePhotoAndCatchesUp() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a", "b", "c"])
            let shown = try await withDisplay(in: folder, house: house) { display in
                try await display.link().say(
                    [
                        .settings: Array(#"{"rotation":90,"transition_ms":0,"interval_units":"days"}"#.utf8),
                        .playlist: playlist.json,
                    ], revision: 3)
                let first = try await display.showsOne(of: ["a", "b", "c"])
                try await display.link().command(.changePhoto(.forward), revision: 4)
                _ = try await display.report(of: 4)
                let second = try await display.showsOne(of: ["a", "b", "c"], but: first)
                try await eventually("every photo in the cache") { display.house.ask { $0.downloads.count == 3 } }
                return second
            }
            house.change { $0.isServerAway = true }
            let other = house.addPlaylist(["x"])
            try await withDisplay(in: folder, house: house) { display in
                try await display.shows(shown)
                #expect(display.stage.scene.look.rotation == .quarter)
                try await display.link().say([.playlist: other.json], revision: 9)
                _ = try await display.status("the news received") { $0.receivedRevision == 9 }
                #expect(display.stage.scene.current == PictureID(FakeHouse.rendition(shown)))
                #expect(try await display.link().status.appliedRevision < 9, "nothing of it is on the screen")
                display.house.change { $0.isServerAway = false }
                try await display.shows("x")
                _ = try await display.status("the news applied") { $0.appliedRevision == 9 }
            }
        }
    }

    private static func mode(of file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    }
}
