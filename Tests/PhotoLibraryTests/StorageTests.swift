import Foundation
import GRDB
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct StorageTests {
    @Test func aCommitWaitsForTheDisk() async throws {
        try await withLibrary { (library, _) async throws in
            let (synchronous, journal) = try await library.pool.writeWithoutTransaction { db in
                (
                    try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                    try String.fetchOne(db, sql: "PRAGMA journal_mode")
                )
            }
            #expect(synchronous == 2, "NORMAL would let an answered commit vanish with the power")
            #expect(journal == "wal")
        }
    }

    @Test func aSecondProcessIsToldThatTheFolderIsInUse() async throws {
        try await withLibrary { (_, folder) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await withLibrary(in: folder) { (_, _) async throws in }
            }
            #expect(error?.code == .inUse)
            #expect(error?.message.contains("\(folder)/data") == true)
        }
    }

    @Test func everythingIsThereAfterReopening() async throws {
        try await withTemporaryFolder { folder in
            let before = try await withLibrary(in: folder) { (library, _) async throws in
                let album = try await library.createAlbum(named: "Kept")
                let photo = try await TestPhoto.add(to: library, folder: folder, album: album.id)
                _ = try await addDisplay(library, album: album.id)
                return photo
            }
            try await withLibrary(in: folder) { (library, _) async throws in
                #expect(try await library.photo(before.id) == before)
                #expect(try await library.albums().map(\.photoCount) == [1])
                #expect(try await library.displays().map(\.id) == ["hall"])
            }
        }
    }

    @Test func aDeletedPhotoLeavesNoFileAndIsTakenOffItsDisplays() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "A")
            let photo = try await TestPhoto.add(to: library, folder: folder, album: album.id)
            let kept = try await TestPhoto.add(to: library, folder: folder, named: "b.jpg", seed: 2, album: album.id)
            let display = try await addDisplay(library, album: album.id)
            let publication = try #require(try await library.publication(for: "hall"))
            _ = try await library.renditionFile(publication.playlist.renditions[0])
            try await library.deletePhotos([photo.id, PhotoID(999)])
            #expect(try await library.photoCount() == 1)
            #expect(try filesIn("\(folder)/data").count == 2)
            #expect(try filesIn("\(folder)/data").contains { $0.contains(kept.contentHash) })
            let after = try #require(try await library.publication(for: "hall"))
            #expect(after.display.generation > display.generation)
            #expect(after.playlist.names == ["b.jpg"])
        }
    }

    @Test func aDeletionCutShortByACrashIsFinishedAtTheNextStart() async throws {
        try await withTemporaryFolder { folder in
            let photo = try await withLibrary(in: folder) { (library, _) async throws in
                try await TestPhoto.add(to: library, folder: folder)
            }
            // The marker is there and the row is gone, the files are not: killed right behind the commit.
            try Data().write(to: URL(fileURLWithPath: "\(folder)/data/incoming/\(photo.contentHash).pending"))
            try await withLibrary(in: folder) { (library, _) async throws in
                #expect(try await library.photoCount() == 1, "a marker alone deletes nothing")
                #expect(try filesIn("\(folder)/data").count == 2)
                try await library.pool.write { try $0.execute(sql: "DELETE FROM photo") }
            }
            try Data().write(to: URL(fileURLWithPath: "\(folder)/data/incoming/\(photo.contentHash).pending"))
            try await withLibrary(in: folder) { (library, _) async throws in
                #expect(try await library.photoCount() == 0)
                #expect(try filesIn("\(folder)/data") == [])
            }
        }
    }
}
