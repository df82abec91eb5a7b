import Foundation
import GRDB

/// A group's number in the library. Never used again after the group is deleted.
package struct GroupID: RawRepresentable, Hashable, Codable, Sendable, DatabaseValueConvertible {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ number: Int64) { self.rawValue = number }
}

/// Displays that hang together. Where the group has an album, by itself or by its schedule, its displays show that one
/// instead of their own.
package struct DisplayGroup: Codable, Hashable, Sendable, FetchableRecord {
    /// How the displays share an album.
    package enum Mode: String, Codable, Sendable, CaseIterable {
        /// Each photo is on exactly one of them, as evenly as can be.
        case split
        /// The same photo on all; always in step.
        case same
    }

    package let id: GroupID
    /// Unique without regard to case.
    package let name: String
    package let createdAt: Date
    /// What is shown where its schedule says nothing. May be an album that was deleted, which counts as none.
    package let albumID: AlbumID?
    package let mode: Mode
    /// Whether the displays change their photos at one instant.
    package let isInStep: Bool
    /// JSON object of the settings that hold for every display while the group is in step. Opaque here.
    package let settings: String
}

/// A group with the displays in it, in the order in which they hang.
package struct DisplayGroupSummary: Hashable, Sendable {
    package let group: DisplayGroup
    package let displays: [String]
    package let rules: [ScheduleRule]
}

/// The part of a group that people change. See ``PhotoLibrary/updateGroup(_:by:_:)``.
package struct DisplayGroupDraft: Hashable, Sendable {
    package var name: String
    package var albumID: AlbumID?
    package var mode: DisplayGroup.Mode
    package var isInStep: Bool
    package var settings: String
    /// In the order in which they hang. A display is in one group at most: naming it here takes it out of another.
    package var displays: [String]

    /// A new group that has nothing yet.
    package init(named name: String) {
        self.init(name: name, albumID: nil, mode: .split, isInStep: false, settings: "{}", displays: [])
    }

    init(
        name: String, albumID: AlbumID?, mode: DisplayGroup.Mode, isInStep: Bool, settings: String, displays: [String]
    ) {
        self.name = name
        self.albumID = albumID
        self.mode = mode
        self.isInStep = isInStep
        self.settings = settings
        self.displays = displays
    }
}
