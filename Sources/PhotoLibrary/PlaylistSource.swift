import GRDB
import Renditions
import Synchronization

/// Everything that a playlist document follows from. Equal sources give equal bytes, so displays with the same source
/// share one document; whatever else may come to decide what a display shows has to become a member of this.
struct PlaylistSource: Hashable, Sendable {
    /// `nil` for a display without an album.
    var albumID: AlbumID?
    /// Rises with every change of the album's photos, of their order and of what is said about them.
    var albumVersion: Int64
    var recipe: RenditionRecipe
    /// The display's part of an album that a group shares out; `nil` for all of it.
    var share: Share?

    struct Share: Hashable, Sendable {
        var display: String
        var group: GroupID
        /// Rises whenever the group's shares are worked out again.
        var version: Int64
    }

    init(_ db: Database, display: DisplayRecord) throws {
        self.albumID = display.shownAlbumID
        self.albumVersion =
            try display.shownAlbumID.flatMap {
                try Int64.fetchOne(
                    try db.cachedStatement(sql: "SELECT version FROM album WHERE id = ?"), arguments: [$0])
            } ?? 0
        self.recipe = display.recipe
        self.share = try display.shareGroupID.flatMap { group in
            try Int64.fetchOne(db, sql: "SELECT version FROM displayGroup WHERE id = ?", arguments: [group])
                .map { Share(display: display.id, group: group, version: $0) }
        }
    }
}

/// A playlist with the rows that its renditions are remembered by.
struct Playlist: Sendable {
    struct Piece: Sendable {
        let photo: Int64
        let rendition: RenditionID
        let turn: RenditionRecipe.Rotation
    }

    let document: PlaylistDocument
    let pieces: [Piece]

    /// Reads the photos of a source as they are now.
    ///
    /// - Parameter display: One that the source is of.
    init(_ db: Database, _ source: PlaylistSource, of display: DisplayRecord) throws {
        var entries: [PlaylistDocument.Entry] = []
        var pieces: [Piece] = []
        if let albumID = source.albumID {
            let album = try String.fetchOne(db, sql: "SELECT name FROM album WHERE id = ?", arguments: [albumID])
            let cuts = Self.cuts(source.recipe)
            // By position: with a hundred thousand photos, looking each column up by name is most of the work.
            let query: SQL = """
                SELECT photo.id, name, contentHash, width, height, turn, title, takenLocal, takenOffsetMinutes
                FROM \(PhotoLibrary.photosShown(by: display)) ORDER BY albumPhoto.position, albumPhoto.photoID
                """
            let rows = try SQLRequest<Row>(literal: query).fetchCursor(db)
            while let row = try rows.next() {
                let turn = RenditionRecipe.Rotation(rawValue: row[5]) ?? .none
                guard let cut = cuts[turn] else { continue }
                let upright = RenditionPlan.Size(width: row[3], height: row[4])
                let size = RenditionPlan(cut.recipe, photo: turn.swapsSides ? upright.turned : upright).output
                let rendition = RenditionID(contentHash: row[2], canonicalRecipe: cut.text)
                let taken = (row[7] as String?).map { PhotoDate(localText: $0, offsetMinutes: row[8]) }
                entries.append(
                    PlaylistDocument.Entry(
                        name: row[1], rendition: rendition, width: size.width, height: size.height, title: row[6],
                        date: taken?.iso8601, album: album))
                pieces.append(Piece(photo: row[0], rendition: rendition, turn: turn))
            }
        }
        self.document = PlaylistDocument(entries)
        self.pieces = pieces
    }

    private static func cuts(
        _ recipe: RenditionRecipe
    ) -> [RenditionRecipe.Rotation: (recipe: RenditionRecipe, text: String)] {
        Dictionary(
            uniqueKeysWithValues: RenditionRecipe.Rotation.allCases.map { turn in
                let turned = recipe.turned(by: turn)
                return (turn, (turned, turned.canonicalText))
            })
    }

    /// Takes note of the renditions, so that they can be fetched and are cut ahead of time.
    func storeRenditions(_ db: Database, recipe: RenditionRecipe) throws {
        let texts = Self.cuts(recipe).mapValues(\.text)
        let insert = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO rendition (id, photoID, recipe) VALUES (?, ?, ?)")
        for piece in self.pieces {
            try insert.execute(arguments: [piece.rendition.text, piece.photo, texts[piece.turn] ?? ""])
        }
    }
}

/// The playlists that were read last, so that moving a slider does not read an album of 100,000 photos again.
final class PlaylistCache: Sendable {
    /// Bytes of documents that are kept; the newest is kept whatever it takes.
    private static let capacity = 64 << 20

    private struct State {
        /// The most recently used last.
        var entries: [(source: PlaylistSource, playlist: Playlist)] = []
    }

    private let state = Mutex(State())

    /// The playlist of a source, as `db` has it.
    ///
    /// - Parameter display: One that the source is of.
    func playlist(_ db: Database, _ source: PlaylistSource, of display: DisplayRecord) throws -> Playlist {
        let known = self.state.withLock { state -> Playlist? in
            guard let index = state.entries.lastIndex(where: { $0.source == source }) else { return nil }
            let entry = state.entries.remove(at: index)
            state.entries.append(entry)
            return entry.playlist
        }
        if let known { return known }
        let playlist = try Playlist(db, source, of: display)
        self.state.withLock { state in
            state.entries.append((source, playlist))
            var bytes = state.entries.reduce(0) { $0 + $1.playlist.document.json.count }
            while bytes > Self.capacity, state.entries.count > 1 {
                bytes -= state.entries.removeFirst().playlist.document.json.count
            }
        }
        return playlist
    }
}
