import Foundation
import PhotoLibrary

/// A change that can be undone, as people and programs see it.
struct EditView: Encodable, Sendable {
    let id: Int64
    let at: Date
    let summary: String
    let undone: Bool

    init(_ edit: LibraryEdit) {
        self.id = edit.id
        self.at = edit.at
        self.summary = edit.summary
        self.undone = edit.undoneAt != nil
    }
}

/// The answer to a change: what to undo, absent where nothing differed.
struct EditAnswer: Encodable, Sendable {
    let edit: EditView?

    init(_ edit: LibraryEdit?) { self.edit = edit.map(EditView.init) }
}
