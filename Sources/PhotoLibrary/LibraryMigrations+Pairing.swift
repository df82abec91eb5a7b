import GRDB

extension LibraryMigrations {
    /// Displays that wait to be let in are no longer in the database: strangers do not write here.
    static func addPairing(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM display WHERE state = 'pending';
                ALTER TABLE display DROP COLUMN state;
                ALTER TABLE display ADD COLUMN kind TEXT NOT NULL DEFAULT 'viewer';
                """)
    }
}
