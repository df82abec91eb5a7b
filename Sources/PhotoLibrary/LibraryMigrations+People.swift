import GRDB

extension LibraryMigrations {
    /// Who may do what, for how long, and who did what.
    static func addPeople(_ db: Database) throws {
        try db.alter(table: "session") { table in
            table.add(column: "agent", .text)
            table.add(column: "address", .text)
        }
        // Links that make an account, or give one a new password. Of each the hash alone is kept.
        try db.create(table: "accountLink", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("tokenHash", .text).notNull().unique()
            // The role that whoever opens the link gets; empty where the link is for the password of `userID`.
            table.column("role", .text).notNull()
            table.column("userID", .integer).references("user", onDelete: .cascade)
            table.column("madeBy", .text).notNull()
            table.column("createdAt", .text).notNull()
            table.column("expiresAt", .text).notNull()
        }
        try db.create(table: "uploadLink", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("tokenHash", .text).notNull().unique()
            table.column("label", .text).notNull()
            table.column("albumID", .integer).notNull().references("album", onDelete: .cascade)
            table.column("madeBy", .text).notNull()
            table.column("createdAt", .text).notNull()
            table.column("expiresAt", .text).notNull()
            table.column("filesLeft", .integer).notNull()
        }
        try db.create(index: "uploadLinkByAlbum", on: "uploadLink", columns: ["albumID"])
        try db.create(table: "apiToken", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("tokenHash", .text).notNull().unique()
            table.column("userID", .integer).notNull().references("user", onDelete: .cascade)
            table.column("name", .text).notNull()
            table.column("scopes", .text).notNull()
            table.column("createdAt", .text).notNull()
            table.column("expiresAt", .text).notNull()
            table.column("lastUsedAt", .text)
        }
        try db.create(index: "apiTokenByUser", on: "apiToken", columns: ["userID"])
        try db.create(table: "audit", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("at", .text).notNull()
            table.column("who", .text).notNull()
            table.column("through", .text).notNull()
            table.column("action", .text).notNull()
            table.column("subject", .text).notNull()
            table.column("address", .text).notNull()
            table.column("times", .integer).notNull().defaults(to: 1)
        }
    }
}
