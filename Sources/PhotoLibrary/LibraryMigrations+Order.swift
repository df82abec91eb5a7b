import GRDB

extension LibraryMigrations {
    /// What people say about photos and how they find them again: the second step.
    static func addOrder(_ db: Database) throws {
        try db.alter(table: "photo") { table in
            table.add(column: "lens", .text)
            table.add(column: "rating", .integer).notNull().defaults(to: 0)
            table.add(column: "isFavourite", .integer).notNull().defaults(to: 0)
            table.add(column: "isHidden", .integer).notNull().defaults(to: 0)
            table.add(column: "turn", .integer).notNull().defaults(to: 0)
            table.add(column: "deletedAt", .text)
            table.add(column: "isPlaceShown", .integer).notNull().defaults(to: 0)
            table.add(column: "shownAt", .text)
        }
        try db.execute(
            sql: """
                CREATE INDEX photoVisible ON photo (sortKey, id) WHERE deletedAt IS NULL AND isHidden = 0;
                CREATE INDEX photoInBin ON photo (deletedAt) WHERE deletedAt IS NOT NULL;
                CREATE INDEX photoByCamera ON photo (camera) WHERE camera IS NOT NULL;
                ALTER TABLE album ADD COLUMN rule TEXT;
                """)
        // Where hidden photos and those in the bin stand in albums, until they come back. Apart from the members, so
        // that nothing that reads an album can show one of them by accident.
        try db.create(table: "albumPhotoAside", options: [.strict, .withoutRowID]) { table in
            table.column("albumID", .integer).notNull().references("album", onDelete: .cascade)
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
            table.column("position", .integer).notNull()
            table.primaryKey(["albumID", "photoID"])
        }
        try db.create(index: "albumPhotoAsideByPhoto", on: "albumPhotoAside", columns: ["photoID"])
        // What was changed, with what it takes to change it back.
        try db.create(table: "edit", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("at", .text).notNull()
            table.column("summary", .text).notNull()
            table.column("content", .blob).notNull()
            table.column("undoneAt", .text)
        }
        // Files of the watched folder that were looked at, so that a restart reads none of them again.
        try db.create(table: "seenFile", options: [.strict, .withoutRowID]) { table in
            table.column("path", .text).notNull().primaryKey()
            table.column("size", .integer).notNull()
            table.column("modified", .integer).notNull()
            table.column("failure", .text)
        }
        try Self.createSearch(db)
    }

    /// Triggers keep the index: no change of a photo can forget it.
    private static func createSearch(_ db: Database) throws {
        let entry = """
            INSERT INTO photoSearch (rowid, name, title, caption, keywords, camera)
            SELECT id, name, title, caption,
                (SELECT group_concat(keyword, ' ') FROM photoKeyword WHERE photoID = photo.id),
                coalesce(camera, '') || ' ' || coalesce(lens, '')
            FROM photo WHERE id =
            """
        try db.execute(
            sql: """
                CREATE VIRTUAL TABLE photoSearch USING fts5
                    (name, title, caption, keywords, camera, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3');
                CREATE TRIGGER photoSearchInsert AFTER INSERT ON photo BEGIN
                    \(entry) new.id;
                END;
                CREATE TRIGGER photoSearchUpdate AFTER UPDATE OF name, title, caption, camera, lens ON photo BEGIN
                    DELETE FROM photoSearch WHERE rowid = new.id;
                    \(entry) new.id;
                END;
                CREATE TRIGGER photoSearchDelete AFTER DELETE ON photo BEGIN
                    DELETE FROM photoSearch WHERE rowid = old.id;
                END;
                CREATE TRIGGER photoSearchKeywordInsert AFTER INSERT ON photoKeyword BEGIN
                    DELETE FROM photoSearch WHERE rowid = new.photoID;
                    \(entry) new.photoID;
                END;
                CREATE TRIGGER photoSearchKeywordDelete AFTER DELETE ON photoKeyword BEGIN
                    DELETE FROM photoSearch WHERE rowid = old.photoID;
                    \(entry) old.photoID;
                END;
                INSERT INTO photoSearch (rowid, name, title, caption, keywords, camera)
                    SELECT id, name, title, caption,
                        (SELECT group_concat(keyword, ' ') FROM photoKeyword WHERE photoID = photo.id), camera
                    FROM photo;
                """)
    }
}
