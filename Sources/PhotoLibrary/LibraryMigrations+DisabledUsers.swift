import GRDB

extension LibraryMigrations {
    /// Accounts that are kept and cannot be used.
    static func addDisabledUsers(_ db: Database) throws {
        try db.alter(table: "user") { table in
            table.add(column: "disabledAt", .text)
        }
    }
}
