import GRDB

/// Which photos a list shows.
package struct PhotoFilter: Hashable, Sendable {
    /// Which of the three lists a photo is in.
    package enum Shelf: String, Sendable, CaseIterable {
        case library, hidden, bin
    }

    package var shelf: Shelf
    /// An album, in its order; else all photos, the newest first.
    package var album: AlbumID?
    /// All of these.
    package var rule: PhotoRule

    package init(shelf: Shelf = .library, album: AlbumID? = nil, rule: PhotoRule = .all([])) {
        self.shelf = shelf
        self.album = album
        self.rule = rule
    }

    package var isEverything: Bool { self.shelf == .library && self.album == nil && self.rule == .all([]) }

    var condition: SQL {
        // The words of the partial index, so that it is used.
        let shelf =
            switch self.shelf {
            case .library: SQL("photo.deletedAt IS NULL AND photo.isHidden = 0")
            case .hidden: SQL("photo.deletedAt IS NULL AND photo.isHidden = 1")
            case .bin: SQL("photo.deletedAt IS NOT NULL")
            }
        return self.rule == .all([]) ? shelf : "\(shelf) AND \(self.rule.sql)"
    }
}
