import GRDB

extension LibraryMigrations {
    /// What came from the older system, by the ids it has there, so that nothing is taken in twice.
    static func addLegacy(_ db: Database) throws {
        try db.create(table: "legacyPhoto", options: [.strict, .withoutRowID]) { table in
            table.column("id", .text).notNull().primaryKey()
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
        }
        try db.create(index: "legacyPhotoByPhoto", on: "legacyPhoto", columns: ["photoID"])
        try db.create(table: "legacyAlbum", options: [.strict, .withoutRowID]) { table in
            table.column("id", .text).notNull().primaryKey()
            table.column("albumID", .integer).notNull().references("album", onDelete: .cascade)
        }
        try db.create(index: "legacyAlbumByAlbum", on: "legacyAlbum", columns: ["albumID"])
    }
}
