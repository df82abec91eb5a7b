import Foundation
import GRDB
import Logging
import Renditions

extension PhotoLibrary {
    /// Takes in everything of the older system: photos with their names, keywords and dates, albums, smart albums, and
    /// displays under the ids they have. What was taken in before is left as it is now, so it can be run again after
    /// a break, or when more has come.
    ///
    /// - Parameters:
    ///   - dump: Its tables.
    ///   - photos: The folder of its photo files. Thumbnails in folders named `thumb` are passed over.
    ///   - progress: Called after each image with how many are done.
    /// - Throws: ``PhotoLibraryError`` for what would stop every photo, such as a full disk. What is wrong with one
    ///   thing stands in the report.
    package func importLegacy(
        _ dump: LegacyDump, photos folder: String, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> LegacyReport {
        var report = LegacyReport()
        let files = try await self.onDisk { try Self.filesByName(below: folder) }
        var photoIDs = try await self.legacyPhotos()
        for (index, image) in dump.images.enumerated() {
            if photoIDs[image.id] != nil {
                report.photosKnown += 1
            } else if let id = try await self.importLegacyImage(image, files: files, &report) {
                photoIDs[image.id] = id
            }
            progress(index + 1)
        }
        let albumIDs = try await self.importLegacyAlbums(dump, photos: photoIDs, &report)
        try await self.importLegacyFrames(dump, albums: albumIDs, &report)
        try await self.importLegacyFramesets(dump, albums: albumIDs, &report)
        return report
    }

    // MARK: Photos

    private static func filesByName(below folder: String) throws -> [String: String] {
        guard Self.isFolder(folder) else {
            throw PhotoLibraryError(.storage, "The folder of photos \(folder) is not there. Check the path.")
        }
        var files: [String: String] = [:]
        var folders = [folder]
        while let next = folders.popLast() {
            for name in try Self.names(in: next).sorted() where !name.hasPrefix(".") {
                let path = "\(next)/\(name)"
                if !Self.isFolder(path) {
                    files[name] = files[name] ?? path
                } else if name.lowercased() != "thumb" {
                    folders.append(path)
                }
            }
        }
        return files
    }

    private func legacyPhotos() async throws -> [String: PhotoID] {
        try await self.read { db in
            var known: [String: PhotoID] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT id, photoID FROM legacyPhoto")
            while let row = try rows.next() { known[row[0]] = row[1] }
            return known
        }
    }

    private func importLegacyImage(
        _ image: LegacyDump.Image, files: [String: String], _ report: inout LegacyReport
    ) async throws -> PhotoID? {
        let name = Self.displayed(image.name)
        // Its name is looked up among those that are there; it never becomes a path.
        guard let path = files[image.name] else {
            report.problems.append("“\(name)” has no file in the folder of photos.")
            return nil
        }
        do {
            let outcome = try await self.ingest(file: path, filename: image.name)
            let photo = outcome.photo
            if case .added = outcome { report.photosAdded += 1 } else { report.photosShared += 1 }
            if photo.name != image.name, case .added = outcome {
                report.problems.append("“\(name)” is called “\(photo.name)” here.")
            }
            try await self.noteLegacy(image, photo.id)
            return photo.id
        } catch let error as PhotoLibraryError where error.isAboutTheFile {
            report.problems.append(error.message)
            return nil
        }
    }

    private func noteLegacy(_ image: LegacyDump.Image, _ id: PhotoID) async throws {
        try await self.write { db, change in
            guard let old = try PhotoState.fetch(db, id) else { return }
            var new = old
            new.keywords = MetadataText.cleanKeywords(old.keywords + image.keywords)
            // What the older system went by where the file does not say.
            if old.takenLocal == nil { new.takenLocal = image.created?.localText }
            try new.store(db, id, replacing: old)
            try db.execute(
                sql: "INSERT OR REPLACE INTO legacyPhoto (id, photoID) VALUES (?, ?)", arguments: [image.id, id])
            try Self.noteChanged(db, [id], &change)
            try Self.refreshDerivedAlbums(db, photos: [id], &change)
        }
    }

    // MARK: Albums

    /// All albums in one transaction, since rules ask about albums that may come later; undone as one.
    ///
    /// - Returns: The albums by their ids there, those of earlier runs included.
    private func importLegacyAlbums(
        _ dump: LegacyDump, photos: [String: PhotoID], _ report: inout LegacyReport
    ) async throws -> [String: AlbumID] {
        let before = report
        let (ids, after) = try await self.write { [now] db, change in
            var report = before
            var ids: [String: AlbumID] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT id, albumID FROM legacyAlbum")
            while let row = try rows.next() { ids[row[0]] = row[1] }
            // A share of an album, for one display of a frameset, is worked out anew by the group.
            let new = dump.albums.filter { album in
                ids[album.id] == nil && !dump.albums.contains { $0.id == album.parent }
            }
            _ = try self.recordingEdit(db, "Took in \(new.count) albums of the older system", &change) { change in
                for album in new {
                    let id = try Self.insertLegacyAlbum(db, album, at: now(), &report)
                    ids[album.id] = id
                    guard album.rules == nil else { continue }
                    let wanted = dump.members[album.id] ?? []
                    let members = wanted.compactMap { photos[$0] }
                    try Self.append(db, members, to: id, &change)
                    if members.count < wanted.count {
                        report.problems.append(
                            "\(wanted.count - members.count) photos of the album “\(album.name)” are not here.")
                    }
                    report.albums += 1
                }
                for album in new { try Self.setLegacyRule(db, album, dump: dump, ids: ids, &report) }
                return new.compactMap { ids[$0.id] }
            }
            for album in dump.albums where ids[album.id] == nil { ids[album.id] = album.parent.flatMap { ids[$0] } }
            return (ids, report)
        }
        report = after
        return ids
    }

    private static func insertLegacyAlbum(
        _ db: Database, _ album: LegacyDump.Album, at date: Date, _ report: inout LegacyReport
    ) throws -> AlbumID {
        let wanted = MetadataText.clean(album.name, longest: 90) ?? "Album"
        var name = wanted
        var number = 2
        while try AlbumID.fetchOne(db, sql: "SELECT id FROM album WHERE name = ?", arguments: [name]) != nil {
            name = "\(wanted) (\(number))"
            number += 1
        }
        if name != album.name { report.problems.append("The album “\(album.name)” is called “\(name)” here.") }
        try db.execute(
            sql: "INSERT INTO album (name, createdAt, rule) VALUES (?, ?, ?)",
            arguments: [name, date, album.rules == nil ? nil : try PhotoRule.any([]).stored()])
        let id = AlbumID(db.lastInsertedRowID)
        try db.execute(sql: "INSERT INTO legacyAlbum (id, albumID) VALUES (?, ?)", arguments: [album.id, id])
        return id
    }

    private static func setLegacyRule(
        _ db: Database, _ album: LegacyDump.Album, dump: LegacyDump, ids: [String: AlbumID],
        _ report: inout LegacyReport
    ) throws {
        guard let rules = album.rules, let id = ids[album.id] else { return }
        let byName = Dictionary(dump.albums.map { ($0.name, $0.id) }) { first, _ in first }
        func leaveOut(_ reason: String) {
            report.problems.append("The rules of the album “\(album.name)” are left out, and it is empty: \(reason)")
        }
        do {
            let rule = try LegacyRules(json: rules).rule { ids[$0] ?? byName[$0].flatMap { ids[$0] } }
            try Self.checkRule(db, rule, for: id)
            try db.execute(sql: "UPDATE album SET rule = ? WHERE id = ?", arguments: [try rule.stored(), id])
            report.smartAlbums += 1
        } catch let error as LegacyRules.Untranslatable {
            leaveOut(error.reason + ".")
        } catch let error as PhotoLibraryError where error.code == .invalidRule {
            leaveOut(error.message)
        }
    }

    // MARK: Displays

    private func importLegacyFrames(
        _ dump: LegacyDump, albums: [String: AlbumID], _ report: inout LegacyReport
    ) async throws {
        for frame in dump.frames {
            let id = frame.id.lowercased()
            guard Self.isDisplayID(id) else {
                report.problems.append("The display “\(frame.name)” is left out: “\(frame.id)” is no id.")
                continue
            }
            let settings = try JSONSerialization.data(withJSONObject: frame.settings, options: .sortedKeys)
            let isNew = try await self.insertLegacyDisplay(
                id: id, name: MetadataText.clean(frame.name, longest: 100) ?? id, isUpright: frame.orientation == "V",
                settings: String(decoding: settings, as: UTF8.self), album: frame.album.flatMap { albums[$0] })
            guard isNew else { continue }
            report.displays += 1
            if let album = frame.album, albums[album] == nil {
                report.problems.append("The display “\(frame.name)” has no album: the one it had is not in the tables.")
            }
        }
    }

    /// A frameset is a group that shares its album out among its displays. One that is there already, or whose displays
    /// are none of this import's, is left alone.
    private func importLegacyFramesets(
        _ dump: LegacyDump, albums: [String: AlbumID], _ report: inout LegacyReport
    ) async throws {
        for frameset in dump.framesets {
            let name = MetadataText.clean(frameset.name, longest: 100) ?? "Group"
            var displays: [String] = []
            for frame in dump.frames where frame.frameset == frameset.id {
                let id = frame.id.lowercased()
                guard try await self.display(id) != nil, try await self.group(of: id) == nil else { continue }
                displays.append(id)
            }
            guard !displays.isEmpty else { continue }
            do {
                _ = try await self.createGroup(
                    named: name, displays: displays, album: frameset.album.flatMap { albums[$0] }, mode: .split)
                report.framesets += 1
            } catch let error as PhotoLibraryError where error.code == .nameTaken {
                report.problems.append("The frameset “\(name)” is left out: a group has this name already.")
            }
        }
    }

    /// One that announces itself under this id finds its album and settings, for the older system's displays have no
    /// secrets; a new display may take its place. Its screen's size is not in the tables.
    ///
    /// - Returns: Whether there was none with this id, and never has been.
    private func insertLegacyDisplay(
        id: String, name: String, isUpright: Bool, settings: String, album: AlbumID?
    ) async throws -> Bool {
        guard try await self.display(id) == nil else { return false }
        do {
            _ = try await self.admitDisplay(
                NewDisplay(
                    id: id, name: name, kind: .legacy, secretHash: "", width: isUpright ? 1_080 : 1_920,
                    height: isUpright ? 1_920 : 1_080, settings: settings, albumID: album))
            return true
        } catch let error as PhotoLibraryError where error.code == .removed {
            return false
        }
    }
}
