import Foundation
import GRDB

/// Whose settings: a display's or a group's.
package enum SettingOwner: Hashable, Sendable {
    case display(String)
    case group(GroupID)

    var column: String {
        switch self {
        case .display: "displayID"
        case .group: "groupID"
        }
    }

    var key: any DatabaseValueConvertible {
        switch self {
        case .display(let id): id
        case .group(let id): id
        }
    }
}

/// Somebody set something at some time.
package struct SettingEdit: Hashable, Sendable {
    /// One member, as JSON, before and after.
    package struct Change: Codable, Hashable, Sendable {
        package var field: String
        package var before: String
        package var after: String

        package init(field: String, before: String, after: String) {
            self.field = field
            self.before = before
            self.after = after
        }
    }

    package let id: Int64
    package let at: Date
    /// The name of the person.
    package let who: String
    package let changes: [Change]
}

extension PhotoLibrary {
    /// How many edits are kept for each display and each group.
    static let settingEditsKept = 200
    /// Edits of the same members by the same person within this time are one: a slider that was moved.
    private static let settingEditsMerge: TimeInterval = 60

    /// The newest edits first.
    package func settingEdits(of owner: SettingOwner, limit: Int = 50) async throws -> [SettingEdit] {
        try await self.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM settingEdit WHERE \(owner.column) = ? ORDER BY id DESC LIMIT ?",
                arguments: [owner.key, limit]
            ).map(Self.settingEdit)
        }
    }

    /// - Returns: `nil` if there is none of that number, or it is another's.
    package func settingEdit(_ id: Int64, of owner: SettingOwner) async throws -> SettingEdit? {
        try await self.read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM settingEdit WHERE id = ? AND \(owner.column) = ?", arguments: [id, owner.key]
            ).map(Self.settingEdit)
        }
    }

    /// Keeps who changed what, in the transaction that changes it.
    ///
    /// - Parameters:
    ///   - before: Members as JSON.
    ///   - after: Likewise; what is equal in both is no change.
    func noteSetting(
        _ db: Database, of owner: SettingOwner, by who: String, before: [String: String], after: [String: String]
    ) throws {
        let fields = Set(before.keys).union(after.keys).sorted()
        var changes: [SettingEdit.Change] = fields.compactMap { field in
            let (old, new) = (before[field] ?? "null", after[field] ?? "null")
            return old == new ? nil : .init(field: field, before: old, after: new)
        }
        guard !changes.isEmpty else { return }
        let newest = try Row.fetchOne(
            try db.cachedStatement(
                sql: "SELECT * FROM settingEdit WHERE \(owner.column) = ? ORDER BY id DESC LIMIT 1"),
            arguments: [owner.key]
        ).map(Self.settingEdit)
        if let newest, newest.who == who, newest.changes.map(\.field) == changes.map(\.field),
            abs(self.now().timeIntervalSince(newest.at)) < Self.settingEditsMerge
        {
            var merged = changes
            for index in merged.indices { merged[index].before = newest.changes[index].before }
            // What takes an edit back stays beside it: that, too, somebody did, and may want to take back.
            if merged.allSatisfy({ $0.before != $0.after }) {
                try db.execute(sql: "DELETE FROM settingEdit WHERE id = ?", arguments: [newest.id])
                changes = merged
            }
        }
        try db.cachedStatement(
            sql: "INSERT INTO settingEdit (\(owner.column), at, who, changes) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [
            owner.key, self.now(), who, String(decoding: try JSONEncoder().encode(changes), as: UTF8.self),
        ])
        try db.cachedStatement(
            sql: """
                DELETE FROM settingEdit WHERE \(owner.column) = ? AND id <=
                    (SELECT id FROM settingEdit WHERE \(owner.column) = ? ORDER BY id DESC LIMIT 1 OFFSET ?)
                """
        ).execute(arguments: [owner.key, owner.key, Self.settingEditsKept])
    }

    private static func settingEdit(_ row: Row) throws -> SettingEdit {
        let text: String = row["changes"]
        return SettingEdit(
            id: row["id"], at: row["at"], who: row["who"],
            changes: try JSONDecoder().decode([SettingEdit.Change].self, from: Data(text.utf8)))
    }

    /// A value as JSON, for a history's member.
    static func fragment(_ value: (some Encodable)?) throws -> String {
        guard let value else { return "null" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The members of a settings object, each as JSON; none for what is no object.
    static func members(of settings: String) throws -> [String: String] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(settings.utf8)) as? [String: Any] else {
            return [:]
        }
        return try object.mapValues { value in
            String(
                decoding: try JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]),
                as: UTF8.self)
        }
    }
}
