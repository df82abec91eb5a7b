import GRDB

extension LibraryMigrations {
    /// Counts the changes of each album, so that a playlist that was read once need not be read again; see
    /// ``PlaylistSource``.
    static func addAlbumVersion(_ db: Database) throws {
        try db.alter(table: "album") { table in
            table.add(column: "version", .integer).notNull().defaults(to: 0)
        }
    }
}
