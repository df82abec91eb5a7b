import GRDB

extension LibraryMigrations {
    /// What filters ask for stands in the index of the library's order: a page of a filtered list, and its count, are
    /// read from there without touching a hundred thousand rows.
    static func addFilterIndex(_ db: Database) throws {
        try db.execute(
            sql: """
                DROP INDEX photoVisible;
                -- Photos without a date had two spellings of when they were added, so that an edit moved them.
                UPDATE photo SET sortKey = substr(replace(addedAt, ' ', 'T'), 1, 19) WHERE takenLocal IS NULL;
                CREATE INDEX photoVisible ON photo
                    (sortKey, id, rating, isFavourite, shownAt, width, height, takenLocal, camera COLLATE NOCASE)
                    WHERE deletedAt IS NULL AND isHidden = 0;
                """)
    }
}
