import Foundation
import GRDB

/// A change that somebody made, and that can be taken back.
package struct LibraryEdit: Codable, Hashable, Sendable, FetchableRecord {
    package let id: Int64
    package let at: Date
    /// For people: `Keywords of 12 photos`.
    package let summary: String
    /// When it was taken back.
    package let undoneAt: Date?
}

/// What it takes to undo an edit.
struct EditContent: Codable, Sendable {
    struct PhotoChange: Codable, Sendable {
        var id: PhotoID
        var before: PhotoState
        var after: PhotoState
    }

    struct Member: Codable, Hashable, Sendable {
        var photo: PhotoID
        var position: Int64
    }

    /// An album as it was, without its members.
    struct AlbumState: Codable, Hashable, Sendable {
        var name: String
        var rule: String?
        var createdAt: Date
        /// The displays that show it.
        var displays: [String]
    }

    struct AlbumChange: Codable, Sendable {
        var id: AlbumID
        /// `nil` where there was none.
        var before: AlbumState?
        /// `nil` where there is none any more.
        var after: AlbumState?
        /// Members that came or went, and members that moved, with where they were and where they are.
        var removed: [Member] = []
        var added: [Member] = []

        var isEmpty: Bool { self.before == self.after && self.removed.isEmpty && self.added.isEmpty }

        /// Where members that differ were and are; a photo that is in one of them only came or went.
        var places: (before: [PhotoID: Int64], after: [PhotoID: Int64]) {
            (
                Dictionary(self.removed.map { ($0.photo, $0.position) }) { first, _ in first },
                Dictionary(self.added.map { ($0.photo, $0.position) }) { first, _ in first }
            )
        }
    }

    var photos: [PhotoChange] = []
    var albums: [AlbumChange] = []

    var isEmpty: Bool { self.photos.isEmpty && self.albums.isEmpty }
}
