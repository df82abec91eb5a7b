import GRDB

extension LibraryMigrations {
    /// Groups of displays, schedules, and who set what when.
    static func addGroups(_ db: Database) throws {
        try db.create(table: "displayGroup", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("name", .text).notNull().unique().collate(.nocase)
            table.column("createdAt", .text).notNull()
            // No reference: an album whose deletion is undone is this group's again.
            table.column("albumID", .integer)
            table.column("mode", .text).notNull()
            table.column("isInStep", .integer).notNull()
            table.column("settings", .text).notNull()
            // Whether photos, members or albums changed since the shares were worked out.
            table.column("isStale", .integer).notNull().defaults(to: 1)
            // Rises whenever they are: equal versions, equal shares.
            table.column("version", .integer).notNull().defaults(to: 0)
        }
        try db.execute(
            sql: """
                ALTER TABLE display ADD COLUMN groupID INTEGER REFERENCES displayGroup(id) ON DELETE SET NULL;
                ALTER TABLE display ADD COLUMN groupPlace INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE display ADD COLUMN timeZone TEXT NOT NULL DEFAULT '';
                ALTER TABLE display ADD COLUMN shownAlbumID INTEGER;
                ALTER TABLE display ADD COLUMN shareGroupID INTEGER;
                ALTER TABLE display ADD COLUMN planChangesAt INTEGER;
                UPDATE display SET shownAlbumID = albumID,
                    timeZone = CASE WHEN json_valid(settings) THEN coalesce(settings ->> '$.time_zone', '') ELSE '' END;
                -- However a display comes to be: a new one is in no group and has no schedule yet.
                CREATE TRIGGER displayShowsItsAlbum AFTER INSERT ON display BEGIN
                    UPDATE display SET shownAlbumID = new.albumID WHERE id = new.id;
                END;
                CREATE INDEX displayByGroup ON display (groupID) WHERE groupID IS NOT NULL;
                CREATE INDEX displayByShownAlbum ON display (shownAlbumID);
                CREATE INDEX displayByPlanChange ON display (planChangesAt) WHERE planChangesAt IS NOT NULL;
                """)
        try db.create(table: "scheduleRule", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("displayID", .text).references("display", onDelete: .cascade)
            table.column("groupID", .integer).references("displayGroup", onDelete: .cascade)
            table.column("place", .integer).notNull()
            table.column("albumID", .integer).notNull()
            table.column("rule", .text).notNull()
            table.check(sql: "(displayID IS NULL) <> (groupID IS NULL)")
        }
        try db.create(index: "scheduleRuleByDisplay", on: "scheduleRule", columns: ["displayID"])
        try db.create(index: "scheduleRuleByGroup", on: "scheduleRule", columns: ["groupID"])
        // Which display of a group has which photo of an album that they share out among them.
        try db.create(table: "groupShare", options: [.strict, .withoutRowID]) { table in
            table.column("groupID", .integer).notNull().references("displayGroup", onDelete: .cascade)
            table.column("albumID", .integer).notNull().references("album", onDelete: .cascade)
            table.column("photoID", .integer).notNull().references("photo", onDelete: .cascade)
            table.column("displayID", .text).notNull().references("display", onDelete: .cascade)
            table.primaryKey(["groupID", "albumID", "photoID"])
        }
        try db.create(index: "groupShareByDisplay", on: "groupShare", columns: ["displayID", "albumID"])
        try db.create(index: "groupShareByPhoto", on: "groupShare", columns: ["photoID"])
        try db.create(index: "groupShareByAlbum", on: "groupShare", columns: ["albumID"])
        try db.create(table: "settingEdit", options: .strict) { table in
            table.autoIncrementedPrimaryKey("id")
            table.column("displayID", .text).references("display", onDelete: .cascade)
            table.column("groupID", .integer).references("displayGroup", onDelete: .cascade)
            table.column("at", .text).notNull()
            table.column("who", .text).notNull()
            table.column("changes", .text).notNull()
            table.check(sql: "(displayID IS NULL) <> (groupID IS NULL)")
        }
        try db.create(index: "settingEditByDisplay", on: "settingEdit", columns: ["displayID", "id"])
        try db.create(index: "settingEditByGroup", on: "settingEdit", columns: ["groupID", "id"])
    }
}
