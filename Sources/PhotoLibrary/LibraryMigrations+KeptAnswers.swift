import GRDB

extension LibraryMigrations {
    /// Answers to requests that were named by a key, kept for a day; see ``KeptAnswer``.
    static func addKeptAnswers(_ db: Database) throws {
        try db.create(table: "keptAnswer", options: [.strict, .withoutRowID]) { table in
            table.column("caller", .text).notNull()
            table.column("key", .text).notNull()
            table.column("fingerprint", .text).notNull()
            table.column("createdAt", .text).notNull()
            // Set in the transaction of the request's own change.
            table.column("isDone", .integer).notNull().defaults(to: 0)
            table.column("answer", .blob)
            table.primaryKey(["caller", "key"])
        }
        try db.create(index: "keptAnswerByAge", on: "keptAnswer", columns: ["createdAt"])
    }
}
