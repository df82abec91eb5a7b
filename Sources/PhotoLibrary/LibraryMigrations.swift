import GRDB

/// The database's shape, as the steps that led to it. A step that has shipped never changes; a new one follows it.
enum LibraryMigrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 photos, albums, displays, accounts") { db in
            try Self.createPhotos(db)
            try Self.createAlbums(db)
            try Self.createDisplays(db)
            try Self.createAccounts(db)
        }
        migrator.registerMigration("2 keeping order") { try Self.addOrder($0) }
        migrator.registerMigration("groups, schedules and who set what") { try Self.addGroups($0) }
        migrator.registerMigration("people") { try Self.addPeople($0) }
        migrator.registerMigration("pairing") { try Self.addPairing($0) }
        migrator.registerMigration("album versions") { try Self.addAlbumVersion($0) }
        migrator.registerMigration("80 the older system's ids") { try Self.addLegacy($0) }
        migrator.registerMigration("81 filters in the index") { try Self.addFilterIndex($0) }
        migrator.registerMigration("121 answers that are kept") { try Self.addKeptAnswers($0) }
        migrator.registerMigration("133 displays to publish") { try Self.addPublishingIndex($0) }
        migrator.registerMigration("127 users who are disabled") { try Self.addDisabledUsers($0) }
        return migrator
    }

    private static func createPhotos(_ db: Database) throws {
        try db.create(table: "photo", options: .strict) { table in
            // AUTOINCREMENT: the id of a deleted photo must not come back as another one's, in a cursor or a page.
            table.autoIncrementedPrimaryKey("id")
            table.column("name", .text).notNull().unique().collate(.nocase)
            table.column("contentHash", .text).notNull().unique()
            table.column("format", .text).notNull()
            table.column("byteCount", .integer).notNull()
            table.column("width", .integer).notNull()
            table.column("height", .integer).notNull()
            table.column("takenLocal", .text)
            table.column("takenOffsetMinutes", .integer)
            table.column("camera", .text)
            table.column("title", .text)
            table.column("caption", .text)
            table.column("addedAt", .text).notNull()
            table.column("sortKey", .text).notNull()
        }
        try db.create(index: "photoInOrder", on: "photo", columns: ["sortKey", "id"])
        try db.create(table: "photoKeyword", options: [.strict, .withoutRowID]) { table in
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
            table.column("keyword", .text).notNull().collate(.nocase)
            table.primaryKey(["photoID", "keyword"])
        }
        try db.create(index: "photoKeywordByKeyword", on: "photoKeyword", columns: ["keyword"])
        // Apart from the photo, so that no query for something shown can carry it along by accident.
        try db.create(table: "photoPlace", options: .strict) { table in
            table.column("photoID", .integer).primaryKey().references("photo", onDelete: .cascade)
            table.column("latitude", .real).notNull()
            table.column("longitude", .real).notNull()
        }
        try db.create(table: "rendition", options: [.strict, .withoutRowID]) { table in
            table.column("id", .text).notNull().primaryKey()
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
            table.column("recipe", .text).notNull()
            table.column("byteCount", .integer)
            table.column("failure", .text)
        }
        try db.create(index: "renditionByPhoto", on: "rendition", columns: ["photoID"])
        try db.execute(
            sql: """
                CREATE INDEX renditionToMake ON rendition (photoID) WHERE byteCount IS NULL AND failure IS NULL
                """)
    }

    private static func createAlbums(_ db: Database) throws {
        try db.create(table: "album", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("name", .text).notNull().unique().collate(.nocase)
            table.column("createdAt", .text).notNull()
        }
        try db.create(table: "albumPhoto", options: [.strict, .withoutRowID]) { table in
            table.column("albumID", .integer).notNull().references("album", onDelete: .cascade)
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
            table.column("position", .integer).notNull()
            table.primaryKey(["albumID", "photoID"])
        }
        try db.create(index: "albumPhotoInOrder", on: "albumPhoto", columns: ["albumID", "position"])
        try db.create(index: "albumPhotoByPhoto", on: "albumPhoto", columns: ["photoID"])
    }

    private static func createDisplays(_ db: Database) throws {
        try db.create(table: "display", options: .strict) { table in
            table.column("id", .text).notNull().primaryKey()
            table.column("name", .text).notNull()
            table.column("state", .text).notNull()
            table.column("secretHash", .text).notNull()
            table.column("tokenHash", .text).unique()
            table.column("albumID", .integer).references("album", onDelete: .setNull)
            table.column("width", .integer).notNull()
            table.column("height", .integer).notNull()
            table.column("fit", .text).notNull()
            table.column("rotation", .integer).notNull()
            table.column("settings", .text).notNull()
            table.column("power", .text).notNull()
            table.column("registeredAt", .text).notNull()
            table.column("lastSeenAt", .text)
            table.column("generation", .integer).notNull()
            table.column("publishedGeneration", .integer).notNull()
        }
        try db.create(index: "displayByAlbum", on: "display", columns: ["albumID"])
        // Outlives the display: its id must never be anybody else's, and its keys may still stand in the mediator.
        try db.create(table: "removedDisplay", options: [.strict, .withoutRowID]) { table in
            table.column("id", .text).notNull().primaryKey()
            table.column("removedAt", .text).notNull()
            table.column("isRetired", .integer).notNull().defaults(to: false)
        }
        try db.create(table: "playlist", options: .strict) { table in
            table.column("sha256", .text).notNull().primaryKey()
            table.column("document", .blob).notNull()
        }
        try db.create(table: "displayPlaylist", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("displayID", .text).notNull().references("display", onDelete: .cascade)
            table.column("sha256", .text).notNull().references("playlist", onDelete: .cascade)
            table.uniqueKey(["displayID", "sha256"])
        }
        try db.create(index: "displayPlaylistBySHA256", on: "displayPlaylist", columns: ["sha256"])
    }

    private static func createAccounts(_ db: Database) throws {
        try db.create(table: "user", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("name", .text).notNull().unique().collate(.nocase)
            table.column("passwordHash", .text).notNull()
            table.column("role", .text).notNull()
            table.column("createdAt", .text).notNull()
        }
        try db.create(table: "session", options: [.strict, .withoutRowID]) { table in
            table.column("tokenHash", .text).notNull().primaryKey()
            table.column("userID", .integer).notNull().references("user", onDelete: .cascade)
            table.column("csrfToken", .text).notNull()
            table.column("createdAt", .text).notNull()
            table.column("expiresAt", .text).notNull()
        }
        try db.create(index: "sessionByUser", on: "session", columns: ["userID"])
        try db.create(index: "sessionByExpiry", on: "session", columns: ["expiresAt"])
        try db.create(table: "setting", options: [.strict, .withoutRowID]) { table in
            table.column("key", .text).notNull().primaryKey()
            table.column("value", .text).notNull()
        }
    }
}
