import Foundation
import GRDB
import Glibc
import Logging
import Renditions

/// A file of the watched folder that was not taken in, and why.
package struct WatchedFailure: Codable, Hashable, Sendable, FetchableRecord {
    package let path: String
    package let failure: String
}

extension PhotoLibrary {
    /// Takes in what is in a folder and what comes into it, until cancelled. The photos of a sub-folder join the album
    /// that is called like it. Files stay where they are; what is taken out of the folder stays in the library.
    ///
    /// - Throws: ``PhotoLibraryError`` with code `storage` if the folder cannot be watched.
    package func watch(folder: String) async throws {
        var root = folder
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        guard Self.isFolder(root) else {
            throw PhotoLibraryError(.storage, "The watched folder \(folder) is not there. Make it, or name another.")
        }
        do {
            let watch = try FolderWatch()
            var waiting = try self.look(at: root, watch)
            while !Task.isCancelled {
                var again: Set<String> = []
                for path in waiting.sorted() where try await !self.takeWatched(path, root: root) { again.insert(path) }
                // What could not be taken in now, as the disk is full, may be later.
                let events = try await watch.next(within: again.isEmpty ? .seconds(3_600) : .seconds(20))
                waiting = again
                for event in Set(events) {
                    switch event {
                    case .file(let path): waiting.insert(path)
                    case .folder(let path): waiting.formUnion(try self.look(at: path, watch))
                    case .overflow: waiting.formUnion(try self.look(at: root, watch))
                    }
                }
            }
        } catch let failure as DurableFile.Failure {
            throw PhotoLibraryError(
                .storage,
                "The watched folder \(folder) cannot be watched: \(failure). If it holds very many folders, raise "
                    + "fs.inotify.max_user_watches.", cause: failure)
        }
    }

    /// The files of the watched folder that were refused, by path.
    package func watchedFailures() async throws -> [WatchedFailure] {
        try await self.read { db in
            try WatchedFailure.fetchAll(
                db, sql: "SELECT path, failure FROM seenFile WHERE failure IS NOT NULL ORDER BY path LIMIT 500")
        }
    }

    /// Watches a folder and those in it, first, and then lists their files: what comes in between is seen twice rather
    /// than never.
    private func look(at folder: String, _ watch: FolderWatch) throws -> Set<String> {
        var files: Set<String> = []
        var folders = [folder]
        while let folder = folders.popLast() {
            try watch.add(folder)
            guard let names = try? Self.names(in: folder) else { continue }
            for name in names where !name.hasPrefix(".") {
                let path = "\(folder)/\(name)"
                if Self.isFolder(path) { folders.append(path) } else { files.insert(path) }
            }
        }
        return files
    }

    /// - Returns: Whether it is settled, one way or the other.
    private func takeWatched(_ path: String, root: String) async throws -> Bool {
        let name = String(path.split(separator: "/").last ?? "")
        let unfinished = [".part", ".tmp", ".crdownload", ".partial", "~"]
        var status = stat()
        guard !name.hasPrefix("."), !unfinished.contains(where: { name.lowercased().hasSuffix($0) }),
            lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
        else { return true }
        let size = Int(status.st_size)
        let modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
        let isSeen = try await self.read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM seenFile WHERE path = ? AND size = ? AND modified = ?)",
                arguments: [path, size, modified])
        }
        if isSeen == true { return true }
        var failure: String?
        do {
            let album = try await self.album(forFolder: String(path.dropFirst(root.count + 1)))
            let outcome = try await self.ingest(file: path, filename: name, into: album)
            self.logger.info("photo from the watched folder", metadata: ["name": "\(outcome.photo.name)"])
        } catch let error as PhotoLibraryError {
            guard ![.busy, .diskFull, .storage].contains(error.code) else { return false }
            // A program that is still writing closes the file later, which is another event.
            failure = error.message
            self.logger.warning("watched file left out", metadata: ["path": "\(path)", "reason": "\(error.message)"])
        }
        try await self.write { [failure] db, _ in
            try db.execute(
                sql: "INSERT OR REPLACE INTO seenFile (path, size, modified, failure) VALUES (?, ?, ?, ?)",
                arguments: [path, size, modified, failure])
        }
        return true
    }

    /// The album of a sub-folder, made if it is missing; none for a file at the top.
    private func album(forFolder relative: String) async throws -> AlbumID? {
        let parts = relative.split(separator: "/").dropLast()
        guard !parts.isEmpty else { return nil }
        let name = String(parts.joined(separator: " / ").suffix(90)).trimmingCharacters(in: .whitespaces)
        if let known = try await self.album(named: name) {
            guard known.isSmart else { return known.id }
            // Its name is taken by an album that decides for itself.
            if let own = try await self.album(named: name + " (folder)") { return own.id }
            return try await self.createAlbum(named: name + " (folder)").id
        }
        return try await self.createAlbum(named: name).id
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
