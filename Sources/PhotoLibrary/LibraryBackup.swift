import Foundation
import GRDB
import Renditions

/// Says that a backup is whole, and what is in it. Written last.
package struct BackupManifest: Codable, Hashable, Sendable {
    package var format = LibraryBackup.format
    package let madeAt: Date
    /// SHA-256 of the database's copy, hexadecimal.
    package let databaseSHA256: String
    package let photoCount: Int
    /// Bytes of all originals.
    package let byteCount: Int
    /// What else belongs to it, by name: SHA-256 of the content, hexadecimal.
    package let others: [String: String]
}

/// Copies of a library in a folder elsewhere: the database as it was at one moment, each original by its hash, and what
/// the caller adds. Renditions are not in it: they are made again.
///
/// `manifest.json` names everything else by its hash, in `state/`, so that replacing this one file replaces the backup.
package enum LibraryBackup {
    fileprivate static let format = 2
    private static let manifestName = "manifest.json"
    private static let databaseName = "library.sqlite"
    /// The database and the others by their hashes; what is being written is in `new` below it.
    private static let stateName = "state"
    private static let lockName = "backup.lock"
    private static let ownNames: Set = [manifestName, manifestName + ".new", stateName, "originals", lockName]

    /// Copies a library that may be in use. A folder that holds a backup already is brought up to date: originals that
    /// are there are not copied again.
    ///
    /// - Parameters:
    ///   - directory: The server's data folder.
    ///   - target: Where the copy goes; made if missing.
    ///   - others: Writes what else belongs to the backup into the folder it is given, after database and originals, and
    ///     tells the path of each thing by its name.
    /// - Throws: ``PhotoLibraryError``: `storage` where there is no library, an original is lost, or the folder holds
    ///   something else; `inUse` while another backup goes into it; `diskFull`. What was there before stays a backup until
    ///   the new one is whole.
    package static func make(
        of directory: String, to target: String, now: Date = Date(),
        others: (_ folder: String) async throws -> [String: String] = { _ in [:] }
    ) async throws -> BackupManifest {
        let source = LibraryFiles(directory: directory)
        guard DurableFile.size(of: source.database) != nil else {
            throw PhotoLibraryError(
                .storage, "There is no library in \(directory). Give the folder that the server was started with.")
        }
        return try await Self.explaining(target) {
            try Self.checkContent(of: target)
            let lock = try DirectoryLock(
                path: "\(target)/\(Self.lockName)", directory: target,
                inUse: "Another backup into \(target) is under way. Let it finish, then try again.")
            defer { lock.release() }
            let growing = try Self.prepare(target)
            // A photo may be deleted for ever while its file is copied: then the database of before is of no use.
            for _ in 0..<5 {
                let copy = "\(growing)/\(Self.databaseName)"
                try Self.copyDatabase(source.database, to: copy)
                let photos = try Self.originals(in: copy)
                guard try await Self.copyOriginals(photos, from: source, to: LibraryFiles(directory: target)) else {
                    continue
                }
                var hashes: [String: String] = [:]
                for (name, path) in try await others(growing) {
                    hashes[name] = try await Self.keep(path, in: target)
                }
                let manifest = BackupManifest(
                    madeAt: now, databaseSHA256: try await Self.keep(copy, in: target), photoCount: photos.count,
                    byteCount: photos.reduce(0) { $0 + $1.byteCount }, others: hashes)
                try Self.publish(manifest, in: target)
                return manifest
            }
            throw PhotoLibraryError(
                .storage, "Photos were deleted for ever faster than they could be copied. Try again in a quiet hour.")
        }
    }

    /// Makes a library from a backup. Every file is compared with its hash first; the database comes last, so that an
    /// interrupted restore is none, and no server takes it for one.
    ///
    /// - Parameters:
    ///   - backup: The folder of the backup.
    ///   - directory: A data folder without a library; made if missing.
    ///   - others: Puts what else belongs to the backup in its place: its name, and the path of its content. Called again
    ///     for the same when the restore is begun again.
    /// - Throws: ``PhotoLibraryError``: `storage` with the file that is damaged or missing; `diskFull`.
    package static func restore(
        _ backup: String, into directory: String,
        others: (_ name: String, _ path: String) async throws -> Void = { _, _ in }
    ) async throws -> BackupManifest {
        let target = LibraryFiles(directory: directory)
        guard DurableFile.size(of: target.database) == nil else {
            throw PhotoLibraryError(
                .storage, "\(directory) holds a library already. Restore into an empty folder.")
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let data = FileManager.default.contents(atPath: "\(backup)/\(Self.manifestName)"),
            let manifest = try? decoder.decode(BackupManifest.self, from: data), manifest.format == Self.format
        else {
            throw PhotoLibraryError(
                .storage,
                "\(backup) is no whole backup: its \(Self.manifestName) is missing, damaged or of another version.")
        }
        return try await Self.explaining(directory) {
            let database = try await Self.kept(manifest.databaseSHA256, in: backup)
            let paths = try await Self.kept(manifest.others, in: backup)
            try target.makeDirectories()
            try DurableFile.makeMarker(target.unfinishedRestore)
            let photos = try Self.originals(in: database)
            guard try await Self.copyOriginals(photos, from: LibraryFiles(directory: backup), to: target) else {
                throw PhotoLibraryError(.storage, "Originals are missing in \(backup). Take an older backup.")
            }
            for (name, path) in paths { try await others(name, path) }
            _ = try await Self.copyFile(
                database, to: target.database, by: directory, sha256: manifest.databaseSHA256)
            try DurableFile.remove(target.unfinishedRestore)
            return manifest
        }
    }

    /// Whether a restore into this folder was begun and not finished.
    package static func isUnfinished(_ directory: String) -> Bool {
        DurableFile.size(of: LibraryFiles(directory: directory).unfinishedRestore) != nil
    }

    // MARK: Steps

    private struct Original: Sendable {
        let contentHash: String
        let format: PhotoFormat
        let byteCount: Int
    }

    /// - Throws: ``PhotoLibraryError`` where the folder holds something that is no backup.
    private static func checkContent(of target: String) throws {
        try DurableFile.makeDirectory(target, mode: 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: target)
        let isOurs = names.allSatisfy { Self.ownNames.contains($0) || $0.hasSuffix(LibraryFiles.uploadSuffix) }
        guard isOurs || names.contains(Self.manifestName) else {
            throw PhotoLibraryError(
                .storage, "\(target) holds other files. Choose an empty folder, or one with an earlier backup.")
        }
    }

    /// - Returns: The folder for what is being written, empty.
    private static func prepare(_ target: String) throws -> String {
        let growing = "\(target)/\(Self.stateName)/new"
        if FileManager.default.fileExists(atPath: growing) { try FileManager.default.removeItem(atPath: growing) }
        try DurableFile.makeDirectory(growing, mode: 0o700)
        return growing
    }

    /// Gives a file that is written its name in the backup.
    ///
    /// - Returns: Its hash.
    private static func keep(_ path: String, in target: String) async throws -> String {
        let hash = try await ContentHash(ofFile: path).text
        try DurableFile.publish(temporary: path, as: "\(target)/\(Self.stateName)/\(hash)")
        return hash
    }

    /// - Throws: ``PhotoLibraryError`` unless what the manifest names is there, undamaged.
    private static func kept(_ hash: String, in backup: String) async throws -> String {
        let path = "\(backup)/\(Self.stateName)/\(hash)"
        guard DurableFile.size(of: path) != nil, try await ContentHash(ofFile: path).text == hash else {
            throw PhotoLibraryError(.storage, "\(path) is missing or damaged. Take an older backup.")
        }
        return path
    }

    private static func kept(_ others: [String: String], in backup: String) async throws -> [(String, String)] {
        var paths: [(String, String)] = []
        for (name, hash) in others.sorted(by: { $0.key < $1.key }) {
            paths.append((name, try await Self.kept(hash, in: backup)))
        }
        return paths
    }

    /// From here on this is the backup; what belonged to the one before goes.
    private static func publish(_ manifest: BackupManifest, in target: String) throws {
        let temporary = "\(target)/\(Self.manifestName).new"
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(manifest).write(to: URL(fileURLWithPath: temporary))
        try DurableFile.publish(temporary: temporary, as: "\(target)/\(Self.manifestName)")
        let needed = Set(manifest.others.values).union([manifest.databaseSHA256])
        let folder = "\(target)/\(Self.stateName)"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where !needed.contains(name) {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    private static func copyDatabase(_ path: String, to copy: String) throws {
        try DurableFile.remove(copy)
        var reading = Configuration()
        reading.readonly = true
        reading.busyMode = .timeout(10)
        let source = try DatabaseQueue(path: path, configuration: reading)
        defer { try? source.close() }
        let target = try DatabaseQueue(path: copy)
        try source.backup(to: target)
        // One file, without a log beside it.
        try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try target.close()
    }

    private static func originals(in database: String) throws -> [Original] {
        var reading = Configuration()
        reading.readonly = true
        let queue = try DatabaseQueue(path: database, configuration: reading)
        defer { try? queue.close() }
        return try queue.read { db in
            try Row.fetchAll(db, sql: "SELECT contentHash, format, byteCount FROM photo ORDER BY id").compactMap {
                row in
                PhotoFormat(rawValue: row["format"]).map {
                    Original(contentHash: row["contentHash"], format: $0, byteCount: row["byteCount"])
                }
            }
        }
    }

    /// - Returns: False if an original is not there although the copy of the database names it.
    private static func copyOriginals(
        _ photos: [Original], from source: LibraryFiles, to target: LibraryFiles
    ) async throws -> Bool {
        for photo in photos {
            let path = target.original(contentHash: photo.contentHash, format: photo.format)
            if DurableFile.size(of: path) == photo.byteCount { continue }
            try DurableFile.makeDirectory(DurableFile.parent(of: path))
            let original = source.original(contentHash: photo.contentHash, format: photo.format)
            guard
                try await Self.copyFile(
                    original, to: path, by: target.directory, sha256: photo.contentHash)
            else { return false }
        }
        return true
    }

    /// Copies a file if its content is what it should be; the copy is there whole, or not at all.
    ///
    /// - Parameter folder: Where it grows, on the target's disk.
    /// - Returns: False if there is no such file.
    private static func copyFile(
        _ path: String, to target: String, by folder: String, sha256: String
    ) async throws -> Bool {
        guard DurableFile.size(of: path) != nil else { return false }
        var copy = try IncomingFile(in: folder)
        for try await chunk in FileChunks(path: path) { try copy.append(chunk) }
        guard copy.contentHash() == sha256 else {
            throw PhotoLibraryError(
                .storage, "\(path) is damaged: its content is not what its hash says. Run photoserver check --read-all."
            )
        }
        try DurableFile.publish(temporary: copy.path, as: target)
        return true
    }

    private static func explaining<Value>(
        _ folder: String, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as PhotoLibraryError {
            throw error
        } catch let error as DurableFile.Failure {
            throw PhotoLibraryError(
                error.isDiskFull ? .diskFull : .storage,
                error.isDiskFull
                    ? "The disk of \(folder) is full. Free some space and run it again: it goes on where it stopped."
                    : "\(error).", cause: error)
        } catch {
            throw PhotoLibraryError(.storage, "\(folder): \(error)", cause: error)
        }
    }
}
