import GRDB

extension LibraryMigrations {
    /// Finds the displays that are to be published without a look at all the others.
    static func addPublishingIndex(_ db: Database) throws {
        try db.execute(
            sql: "CREATE INDEX displayToPublish ON display (id) WHERE generation <> publishedGeneration")
    }
}
