import Foundation
import GRDB
import Logging
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct BackupTests {
    @Test(.timeLimit(.minutes(2)))
    func `a backup made while photos come in is restored to a library that is sound`() async throws {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder) { library, _ in
                let backup = folder + "/backup"
                let album = try await library.createAlbum(named: "Sea")
                let files = try (0..<12).map { number in
                    let path = "\(folder)/\(number).jpg"
                    try TestPhoto.make(path, seed: number)
                    return path
                }
                for file in files.prefix(4) { _ = try await library.ingest(file: file, into: album.id) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for file in files.dropFirst(4) { _ = try await library.ingest(file: file, into: album.id) }
                    }
                    group.addTask {
                        for _ in 0..<5 { _ = try await LibraryBackup.make(of: library.files.directory, to: backup) }
                    }
                    try await group.waitForAll()
                }
                let manifest = try await LibraryBackup.make(of: library.files.directory, to: backup)
                #expect(manifest.photoCount == 12)

                let restored = folder + "/second/data"
                #expect(try await LibraryBackup.restore(backup, into: restored).photoCount == 12)
                try await withLibrary(in: folder + "/second") { copy, _ in
                    let report = try await copy.check(readsAll: true)
                    #expect(report.isSound)
                    let sea = try await copy.album(named: "Sea")
                    #expect(sea?.photoCount == 12)
                }
                _ = await #expect(throws: PhotoLibraryError.self) {
                    try await LibraryBackup.restore(backup, into: restored)
                }
            }
        }
    }

    @Test func `a second backup into the same folder is refused while the first is under way`() async throws {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder) { library, _ in
                _ = try await TestPhoto.add(to: library, folder: folder)
                let (directory, backup) = (library.files.directory, folder + "/backup")
                let second = Shared<PhotoLibraryError?>(nil)
                let manifest = try await LibraryBackup.make(of: directory, to: backup) { _ in
                    do {
                        _ = try await LibraryBackup.make(of: directory, to: backup)
                    } catch let error as PhotoLibraryError {
                        second.set(error)
                    }
                    return [:]
                }
                #expect(second.get()?.code == .inUse)
                #expect(second.get()?.message.contains("Another backup into \(backup) is under way") == true)
                #expect(manifest.photoCount == 1)
                // The first was not disturbed, and the folder is free again.
                #expect(try await LibraryBackup.make(of: directory, to: backup).photoCount == 1)
                #expect(try await LibraryBackup.restore(backup, into: folder + "/second/data").photoCount == 1)
            }
        }
    }

    @Test func `a damaged backup is refused by name, and nothing is left of it`() async throws {
        try await withTemporaryFolder { folder in
            try await withLibrary(in: folder) { library, _ in
                let photo = try await TestPhoto.add(to: library, folder: folder)
                let backup = folder + "/backup"
                _ = try await LibraryBackup.make(of: library.files.directory, to: backup)
                let original = LibraryFiles(directory: backup).original(
                    contentHash: photo.contentHash, format: photo.format)
                let bytes = try Data(contentsOf: URL(fileURLWithPath: original))
                var bad = bytes
                bad[bytes.count / 2] ^= 0xFF
                try bad.write(to: URL(fileURLWithPath: original))
                let error = await #expect(throws: PhotoLibraryError.self) {
                    try await LibraryBackup.restore(backup, into: folder + "/restored")
                }
                #expect(error?.message.contains(original) == true)
                #expect(!FileManager.default.fileExists(atPath: folder + "/restored/library.sqlite"))

                // No server begins anew on half of it.
                _ = await #expect(throws: PhotoLibraryError.self) {
                    try await PhotoLibrary(
                        directory: folder + "/restored", renditions: RenditionPool(), logger: Logger(label: "test"))
                }

                // Mended, the same call goes on.
                try bytes.write(to: URL(fileURLWithPath: original))
                #expect(try await LibraryBackup.restore(backup, into: folder + "/restored").photoCount == 1)
                #expect(!LibraryBackup.isUnfinished(folder + "/restored"))
                try FileManager.default.removeItem(atPath: backup + "/manifest.json")
                _ = await #expect(throws: PhotoLibraryError.self) {
                    try await LibraryBackup.restore(backup, into: folder + "/third")
                }
            }
        }
    }

    @Test func `a folder with other files is no place for a backup, and a missing library none to copy`() async throws {
        try await withTemporaryFolder { folder in
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/letter.txt"))
            try await withLibrary { library, _ in
                _ = await #expect(throws: PhotoLibraryError.self) {
                    try await LibraryBackup.make(of: library.files.directory, to: folder)
                }
            }
            await #expect(throws: PhotoLibraryError.self) {
                try await LibraryBackup.make(of: folder + "/nothing", to: folder + "/backup")
            }
        }
    }

    @Test func `a rehearsal names the steps that an older library would take, and changes nothing`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/library.sqlite"
            let old = try DatabaseQueue(path: path)
            let first = try #require(LibraryMigrations.migrator.migrations.first)
            try LibraryMigrations.migrator.migrate(old, upTo: first)
            try old.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let report = try MigrationRehearsal.run(directory: folder)
            #expect(report.steps == Array(LibraryMigrations.migrator.migrations.dropFirst()))
            #expect(report.faults == [])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)

            let stranger = try DatabaseQueue(path: path)
            try await stranger.write { db in
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')")
            }
            try stranger.close()
            let error = #expect(throws: PhotoLibraryError.self) { try MigrationRehearsal.run(directory: folder) }
            #expect(error?.message.contains("from the future") == true)
        }
    }
}
