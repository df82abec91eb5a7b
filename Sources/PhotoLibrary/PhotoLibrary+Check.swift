import Foundation
import GRDB
import Glibc
import Logging
import Renditions

/// What differs between the files and the database of a library.
package struct CheckReport: Sendable, Equatable {
    /// Originals without a photo. Mended by taking them in again.
    package var orphanOriginals: [String] = []
    /// Photos whose original is not there, or is not the file it was. Only a backup can mend that.
    package var lostOriginals: [String] = []
    /// Renditions of no photo. Mended by removing them.
    package var orphanRenditions = 0
    /// Members of smart albums that do not follow from their rules, search entries that are missing or too many, rows
    /// that point nowhere. Mended by working them out again.
    package var databaseFaults: [String] = []
    /// Whether what can be mended was mended.
    package var isMended = false

    package var isSound: Bool {
        self.orphanOriginals.isEmpty && self.lostOriginals.isEmpty && self.orphanRenditions == 0
            && self.databaseFaults.isEmpty
    }
}

extension PhotoLibrary {
    /// Compares files and database. Nothing else may work on the library meanwhile.
    ///
    /// - Parameters:
    ///   - readsAll: Whether every original is read and compared with its hash, not only its size.
    ///   - mends: Whether what can be mended is mended. An original is never deleted.
    package func check(readsAll: Bool = false, mends: Bool = false) async throws -> CheckReport {
        var report = CheckReport()
        report.databaseFaults = try await self.checkDatabase(mends: mends)
        try await self.checkOriginals(&report, readsAll: readsAll, mends: mends)
        try await self.checkRenditions(&report, mends: mends)
        report.isMended = mends
        return report
    }

    private func checkDatabase(mends: Bool) async throws -> [String] {
        try await self.write { db, change in
            var faults: [String] = []
            for text in try String.fetchAll(db, sql: "PRAGMA integrity_check(20)") where text != "ok" {
                faults.append("database: \(text)")
            }
            let loose = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
            if loose > 0 { faults.append("\(loose) rows point nowhere") }
            let search =
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT (SELECT count(*) FROM photo WHERE id NOT IN (SELECT rowid FROM photoSearch))
                            + (SELECT count(*) FROM photoSearch WHERE rowid NOT IN (SELECT id FROM photo))
                        """) ?? 0
            if search > 0 {
                faults.append("\(search) search entries are missing or too many")
                if mends {
                    try db.execute(sql: "DELETE FROM photoSearch; UPDATE photo SET name = name")
                }
            }
            let unseen =
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM albumPhoto JOIN photo ON photo.id = photoID
                        WHERE isHidden OR deletedAt IS NOT NULL
                        """) ?? 0
            if unseen > 0 { faults.append("\(unseen) hidden photos are in albums") }
            func members() throws -> String? {
                try String.fetchOne(
                    db,
                    sql: """
                        SELECT json_group_array(albumID || ':' || photoID || ':' || position) FROM (
                            SELECT * FROM albumPhoto WHERE albumID IN (SELECT id FROM album WHERE rule IS NOT NULL)
                            ORDER BY albumID, photoID)
                        """)
            }
            let before = try members()
            try db.inSavepoint {
                try Self.refreshDerivedAlbums(db, photos: nil, &change)
                if try members() != before { faults.append("smart albums did not follow their rules") }
                return mends ? .commit : .rollback
            }
            return faults
        }
    }

    private func checkOriginals(_ report: inout CheckReport, readsAll: Bool, mends: Bool) async throws {
        struct Known { let name: String, byteCount: Int }
        let known = try await self.read { db in
            var known: [String: (String, Int)] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT contentHash, format, name, byteCount FROM photo")
            while let row = try rows.next() {
                guard let format = PhotoFormat(rawValue: row["format"]) else { continue }
                let hash: String = row["contentHash"]
                known["\(hash).\(format.fileExtension)"] = (row["name"], row["byteCount"])
            }
            return known
        }
        var found: Set<String> = []
        for path in try await self.filesBelow(self.files.originals) {
            let file = String(path.split(separator: "/").last ?? "")
            guard let photo = known[file] else {
                report.orphanOriginals.append(path)
                continue
            }
            found.insert(file)
            var isRight = DurableFile.size(of: path) == photo.1
            if isRight && readsAll {
                isRight = file.hasPrefix(try await ContentHash(ofFile: path).text)
            }
            if !isRight { report.lostOriginals.append("\(photo.0) (changed on disk)") }
        }
        for (file, photo) in known where !found.contains(file) { report.lostOriginals.append(photo.0) }
        report.lostOriginals.sort()
        guard mends else { return }
        for path in report.orphanOriginals {
            do {
                let photo = try await self.ingest(file: path).photo
                if self.originalPath(photo) != path { try await self.onDisk { try DurableFile.remove(path) } }
            } catch let error as PhotoLibraryError where error.isAboutTheFile {
                // Not a photo, but somebody's file all the same.
                let folder = "\(self.files.directory)/lost+found"
                try await self.onDisk {
                    try DurableFile.makeDirectory(folder)
                    let target = "\(folder)/\(path.split(separator: "/").last ?? "file")"
                    guard rename(path, target) == 0 else { throw DurableFile.Failure("rename", path) }
                }
            }
        }
    }

    private func checkRenditions(_ report: inout CheckReport, mends: Bool) async throws {
        let wanted = try await self.read { db in
            var wanted = try Set(String.fetchCursor(db, sql: "SELECT id FROM rendition"))
            let hashes = try String.fetchCursor(db, sql: "SELECT contentHash FROM photo")
            while let hash = try hashes.next() {
                for turn in RenditionRecipe.Rotation.allCases {
                    for recipe in [RenditionRecipe.thumbnail, .preview] {
                        wanted.insert(RenditionID(contentHash: hash, recipe: recipe.turned(by: turn)).text)
                    }
                }
            }
            return wanted
        }
        for path in try await self.filesBelow(self.files.renditions) {
            let id = path.split(separator: "/").last?.prefix { $0 != "." } ?? ""
            guard !wanted.contains(String(id)) else { continue }
            report.orphanRenditions += 1
            if mends { try await self.onDisk { try DurableFile.remove(path) } }
        }
    }

    private func filesBelow(_ folder: String) async throws -> [String] {
        try await self.onDisk {
            var files: [String] = []
            for name in try Self.names(in: folder) {
                let path = "\(folder)/\(name)"
                if Self.isFolder(path) {
                    files += try Self.names(in: path).map { "\(path)/\($0)" }
                } else {
                    files.append(path)
                }
            }
            return files.sorted()
        }
    }
}
