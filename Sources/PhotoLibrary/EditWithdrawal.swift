import Foundation
import GRDB

/// An edit of a photo that was taken back although later ones stand: they must forget what they found of it, or undoing
/// them too would bring it back. Pure.
struct EditWithdrawal {
    private let before: PhotoState
    private let after: PhotoState
    /// Members and keywords that a later edit has changed already: what comes after that one found its value.
    private var settled: Set<PartialKeyPath<PhotoState>> = []
    private var settledKeywords: Set<String> = []

    init(of change: EditContent.PhotoChange) {
        self.before = change.before
        self.after = change.after
    }

    /// Call it with the later edits of the photo in the order in which they were made.
    ///
    /// - Returns: Whether the edit is another one now.
    mutating func rewrite(_ later: inout EditContent.PhotoChange) -> Bool {
        let old = later
        self.rewrite(\.name, of: &later)
        self.rewrite(\.title, of: &later)
        self.rewrite(\.caption, of: &later)
        self.rewrite(\.takenLocal, of: &later)
        self.rewrite(\.takenOffsetMinutes, of: &later)
        self.rewrite(\.rating, of: &later)
        self.rewrite(\.isFavourite, of: &later)
        self.rewrite(\.isHidden, of: &later)
        self.rewrite(\.turn, of: &later)
        self.rewrite(\.deletedAt, of: &later)
        self.rewrite(\.isPlaceShown, of: &later)
        self.rewriteKeywords(of: &later)
        return later.before != old.before || later.after != old.after
    }

    private mutating func rewrite<Value: Equatable>(
        _ member: WritableKeyPath<PhotoState, Value>, of later: inout EditContent.PhotoChange
    ) {
        guard self.before[keyPath: member] != self.after[keyPath: member], !self.settled.contains(member),
            later.before[keyPath: member] == self.after[keyPath: member]
        else { return }
        later.before[keyPath: member] = self.before[keyPath: member]
        if later.after[keyPath: member] == self.after[keyPath: member] {
            later.after[keyPath: member] = self.before[keyPath: member]
        } else {
            self.settled.insert(member)
        }
    }

    private mutating func rewriteKeywords(of later: inout EditContent.PhotoChange) {
        func set(_ keyword: String, _ isThere: Bool, in keywords: inout [String]) {
            keywords.removeAll { $0 == keyword }
            if isThere { keywords.append(keyword) }
        }
        let changed = Set(self.before.keywords).symmetricDifference(self.after.keywords)
        for keyword in changed.subtracting(self.settledKeywords) {
            let isAdded = self.after.keywords.contains(keyword)
            guard later.before.keywords.contains(keyword) == isAdded else { continue }
            set(keyword, !isAdded, in: &later.before.keywords)
            if later.after.keywords.contains(keyword) == isAdded {
                set(keyword, !isAdded, in: &later.after.keywords)
            } else {
                self.settledKeywords.insert(keyword)
            }
        }
    }
}

extension PhotoLibrary {
    /// Lets the edits that were made since, and still stand, forget an edit that was taken back.
    static func withdraw(_ content: EditContent, editID: Int64, before newest: Int64, _ db: Database) throws {
        var withdrawals = Dictionary(uniqueKeysWithValues: content.photos.map { ($0.id, EditWithdrawal(of: $0)) })
        var albums = Dictionary(uniqueKeysWithValues: content.albums.map { ($0.id, AlbumWithdrawal(of: $0)) })
        let later = try Int64.fetchAll(
            db, sql: "SELECT id FROM edit WHERE id > ? AND id < ? AND undoneAt IS NULL ORDER BY id",
            arguments: [editID, newest])
        for id in later {
            guard let data = try Data.fetchOne(db, sql: "SELECT content FROM edit WHERE id = ?", arguments: [id]) else {
                continue
            }
            var other = try JSONDecoder().decode(EditContent.self, from: data)
            var isRewritten = false
            for index in other.photos.indices {
                let isOther = withdrawals[other.photos[index].id]?.rewrite(&other.photos[index]) ?? false
                isRewritten = isRewritten || isOther
            }
            for index in other.albums.indices {
                let isOther = albums[other.albums[index].id]?.rewrite(&other.albums[index]) ?? false
                isRewritten = isRewritten || isOther
            }
            guard isRewritten else { continue }
            try db.execute(
                sql: "UPDATE edit SET content = ? WHERE id = ?", arguments: [try JSONEncoder().encode(other), id])
        }
    }
}
