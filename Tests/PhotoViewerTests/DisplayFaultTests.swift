import DisplayChannel
import Foundation
import PhotoViewer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DisplayFaultTests {
    @Test func aDamagedFileInTheCacheIsPassedOverAndFetchedAgain() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a", "b"])
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.settings: calmSettings, .playlist: playlist.json], revision: 1)
                try await eventually("both in the cache") { house.ask { $0.downloads.count == 2 } }
                try await display.link().command(.show(photo: "a"), revision: 2)
                try await display.shows("a")
                try await eventually("the place kept") {
                    FileManager.default.fileExists(atPath: "\(folder)/show.json")
                }
            }
            let file = try #require(FakeDisplay.cachedFile(of: "a", in: folder))
            try Data("rotten".utf8).write(to: URL(filePath: file))
            try await withDisplay(in: folder, house: house) { display in
                try await display.shows("b")
                try await eventually("a fresh copy") {
                    FakeDisplay.cachedFile(of: "a", in: folder).flatMap { FileManager.default.contents(atPath: $0) }
                        == Data("photo a".utf8)
                }
                try await display.link().command(.show(photo: "a"), revision: 5)
                try await display.shows("a")
            }
        }
    }

    @Test func aPhotoThatArrivesDamagedIsNotKeptAndDoesNotHoldTheRest() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["bad", "good"])
            house.change { $0.photos[.rendition(FakeHouse.rendition("bad"))] = Array("garbage".utf8) }
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.settings: calmSettings, .playlist: playlist.json], revision: 1)
                try await display.shows("good")
                _ = try await display.status("named") { $0.warnings.contains { $0.contains("damaged") } }
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/photos")
                #expect(!names.contains { $0.hasPrefix(FakeHouse.rendition("bad")) })
            }
        }
    }

    @Test func aPlaylistThatIsNotWhatItsAddressSaysIsNotPlayed() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let good = house.addPlaylist(["a"])
            let lie = PlaylistReference(sha256: String(repeating: "0", count: 64), count: 1)
            house.change { $0.playlists[lie.sha256] = Array(#"{"photos":[]}"#.utf8) }
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.playlist: good.json], revision: 1)
                try await display.shows("a")
                try await display.link().say([.playlist: lie.json], revision: 2)
                _ = try await display.status("named") { $0.warnings.contains { $0.contains("SHA-256") } }
                #expect(display.stage.scene.current == PictureID(FakeHouse.rendition("a")))
            }
        }
    }

    @Test func aRevokedDisplayForgetsEverythingAndStartsAsAStranger() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.playlist: house.addPlaylist(["a"]).json], revision: 1)
                try await display.shows("a")
                house.change {
                    $0.isRevoked = true
                    $0.isApproved = false
                }
                try await display.link().say([.playlist: house.addPlaylist(["b"]).json], revision: 2)
                try await eventually("the card") { display.stage.scene.card?.title == "Waiting for approval" }
                let ids = house.ask { $0.registrations }
                #expect(Set(ids).count == 2, "an id is never used again")
                #expect(display.stage.scene.current == nil)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/photos").isEmpty)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/playlists").isEmpty)
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/credentials.json"))
            }
        }
    }

    @Test func aTokenThatWasReplacedIsAskedForAgainAndNothingIsLost() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.playlist: house.addPlaylist(["a"]).json], revision: 1)
                try await display.shows("a")
                house.change { $0.refusesToken = true }
                try await display.link().say([.playlist: house.addPlaylist(["a", "b"]).json], revision: 2)
                try await eventually("b in the cache") {
                    house.ask { $0.downloads.contains(.rendition(FakeHouse.rendition("b"))) }
                }
                #expect(Set(house.ask { $0.registrations }).count == 1)
                #expect(display.stage.scene.current == PictureID(FakeHouse.rendition("a")))
            }
        }
    }

    @Test func theCacheStaysWithinItsLimitAndKeepsWhatComesNext() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let names = (10..<60).map { "photo-\($0)" }
            let playlist = house.addPlaylist(names)
            // Each of them takes 14 bytes.
            try await withDisplay(in: folder, house: house, cacheLimitBytes: 14 * 25) { display in
                try await display.link().say([.settings: calmSettings, .playlist: playlist.json], revision: 1)
                try await eventually("the first ones fetched") { house.ask { $0.downloads.count >= 5 } }
                try await display.link().command(.show(photo: names[0]), revision: 99)
                try await display.shows(names[0])
                for (index, name) in names.enumerated().dropFirst().prefix(40) {
                    try await eventually("\(name) fetched") {
                        FakeDisplay.cachedFile(of: name, in: folder) != nil
                    }
                    try await display.link().command(.changePhoto(.forward), revision: Int64(100 + index))
                    #expect(try await display.report(of: Int64(100 + index)).result == .done)
                    try await display.shows(name)
                    let files = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/photos")
                        .filter { $0.hasSuffix(".jpg") }
                    #expect(files.count <= 25)
                }
                let downloads = try await eventually("the cache at rest") {
                    let before = house.ask { $0.downloads.count }
                    try await Task.sleep(for: .milliseconds(200))
                    return house.ask { $0.downloads.count } == before ? before : nil
                }
                #expect(downloads < 150, "what was fetched must not make way for what comes next, over and over")
            }
        }
    }

    @Test func damagedDataFilesDoNotKeepADisplayFromStarting() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a"])
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.playlist: playlist.json], revision: 1)
                try await display.shows("a")
            }
            for name in ["channel.json", "show.json", "credentials.json"] {
                try Data("{".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            try await withDisplay(in: folder, house: house) { display in
                try await display.link().say([.playlist: playlist.json], revision: 2)
                try await display.shows("a")
                #expect(Set(house.ask { $0.registrations }).count == 1, "it is still the same display")
            }
        }
    }
}
