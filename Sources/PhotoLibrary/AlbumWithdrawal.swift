/// An edit of an album that was taken back although later ones stand: they must forget what they found of it, or undoing
/// them too would bring it back. Pure.
struct AlbumWithdrawal {
    private let before: EditContent.AlbumState?
    private let after: EditContent.AlbumState?
    /// Where each photo of the edit was; `nil` for one that it brought.
    private let placesBefore: [PhotoID: Int64]
    private let placesAfter: [PhotoID: Int64]
    /// Photos that no later edit has changed yet: what comes after that one found its value.
    private var open: Set<PhotoID>
    private var isNameOpen: Bool
    private var isRuleOpen: Bool

    init(of change: EditContent.AlbumChange) {
        (self.before, self.after) = (change.before, change.after)
        (self.placesBefore, self.placesAfter) = change.places
        // What was made or deleted as a whole is not taken out of what came after: it is there, or it is not.
        let isWhole = change.before == nil || change.after == nil
        self.open = isWhole ? [] : Set(self.placesBefore.keys).union(self.placesAfter.keys)
        self.isNameOpen = !isWhole && change.before?.name != change.after?.name
        self.isRuleOpen = !isWhole && change.before?.rule != change.after?.rule
    }

    /// Call it with the later edits of the album in the order in which they were made.
    ///
    /// - Returns: Whether the edit is another one now.
    mutating func rewrite(_ later: inout EditContent.AlbumChange) -> Bool {
        let old = later
        self.rewriteName(of: &later)
        self.rewriteRule(of: &later)
        self.rewriteMembers(of: &later)
        return later.before != old.before || later.after != old.after || later.removed != old.removed
            || later.added != old.added
    }

    private mutating func rewriteName(of later: inout EditContent.AlbumChange) {
        guard self.isNameOpen, let own = self.before?.name, later.before?.name == self.after?.name else { return }
        let isKept = later.after?.name == later.before?.name
        later.before?.name = own
        if isKept { later.after?.name = own } else { self.isNameOpen = false }
    }

    private mutating func rewriteRule(of later: inout EditContent.AlbumChange) {
        guard self.isRuleOpen, let own = self.before?.rule, later.before?.rule == self.after?.rule else { return }
        let isKept = later.after?.rule == later.before?.rule
        later.before?.rule = own
        if isKept { later.after?.rule = own } else { self.isRuleOpen = false }
    }

    private mutating func rewriteMembers(of later: inout EditContent.AlbumChange) {
        var (before, after) = later.places
        for photo in self.open where before[photo] != nil || after[photo] != nil {
            let (own, made) = (self.placesBefore[photo], self.placesAfter[photo])
            switch (own, made) {
            case (nil, _):
                // Never there: it was not moved either, and nothing had to take it out.
                guard before.removeValue(forKey: photo) != nil else { continue }
                if after.removeValue(forKey: photo) == nil { self.open.remove(photo) }
            case (let own?, _):
                guard before[photo] == made else { continue }
                before[photo] = after[photo] == own ? nil : own
                if after[photo] == own { after[photo] = nil }
                self.open.remove(photo)
            }
        }
        later.removed = EditContent.Member.inOrder(before)
        later.added = EditContent.Member.inOrder(after)
    }
}

extension EditContent.Member {
    /// Members at these places, by place.
    static func inOrder(_ places: [PhotoID: Int64]) -> [EditContent.Member] {
        places.map { .init(photo: $0.key, position: $0.value) }
            .sorted { ($0.position, $0.photo.rawValue) < ($1.position, $1.photo.rawValue) }
    }
}
