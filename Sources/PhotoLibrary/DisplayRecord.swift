import Foundation
import GRDB
import Renditions

/// A display as the library knows it: who it is, and what it should show.
package struct DisplayRecord: Codable, Hashable, Sendable, FetchableRecord {
    /// What it is, and with that how it is reached.
    package enum Kind: String, Codable, Sendable {
        /// Our own program on a computer behind a screen.
        case viewer
        /// A browser.
        case browser
        /// The older system's program, which has no credentials.
        case legacy
    }

    /// What the mediator's `power_state` says.
    package enum Power: String, Codable, Sendable {
        case on, off
    }

    /// 1 to 64 of `a-z 0-9 -`. Never used again after the display is removed.
    package let id: String
    package let name: String
    package let kind: Kind
    /// SHA-256 of the secret that the display made, hexadecimal; empty for one that has none.
    package let secretHash: String
    /// SHA-256 of its bearer token, hexadecimal; `nil` until it has one.
    package let tokenHash: String?
    /// Its own album. What it shows may be another one, by its schedule or its group: see `shownAlbumID`.
    package let albumID: AlbumID?
    /// The group that it is in.
    package let groupID: GroupID?
    /// What that group is called.
    package let groupName: String?
    /// Where it hangs, as the IANA database names it; empty for where the server is. Also in `settings`.
    package let timeZone: String
    /// The album that its schedule, its group's, or neither gives it at present.
    package let shownAlbumID: AlbumID?
    /// The group with whose displays it shares that album out.
    package let shareGroupID: GroupID?
    /// Pixels of its screen, as it is mounted when `rotation` is 0.
    package let width: Int
    /// Pixels of its screen, as it is mounted when `rotation` is 0.
    package let height: Int
    package let fit: RenditionRecipe.Mode
    /// How far the scene is turned on the screen, clockwise.
    package let rotation: RenditionRecipe.Rotation
    /// The settings topic's JSON object. Opaque here; whoever changes it writes `fit`, `rotation` and `timeZone` along.
    package let settings: String
    package let power: Power
    package let registeredAt: Date
    package let lastSeenAt: Date?
    /// Counts every change of what the display should show.
    package let generation: Int64
    /// The generation that the mediator is known to hold.
    package let publishedGeneration: Int64

    /// The columns that a record is read from.
    static let columns = "display.*, (SELECT name FROM displayGroup WHERE id = display.groupID) AS groupName"

    /// Whether the mediator may still hold something older.
    package var needsPublishing: Bool { self.generation != self.publishedGeneration }

    /// How photos are cut for it: upright, for the box as people see it. The display turns the whole scene, captions
    /// included, so the pixels are not turned here.
    package var recipe: RenditionRecipe {
        self.rotation.swapsSides
            ? RenditionRecipe(width: self.height, height: self.width, mode: self.fit)
            : RenditionRecipe(width: self.width, height: self.height, mode: self.fit)
    }
}

/// The part of a display that people and the display itself change. See ``PhotoLibrary/updateDisplay(_:_:)``.
package struct DisplayDraft: Hashable, Sendable {
    package var name: String
    package var albumID: AlbumID?
    package var width: Int
    package var height: Int
    package var fit: RenditionRecipe.Mode
    package var rotation: RenditionRecipe.Rotation
    package var settings: String
    package var timeZone: String
    package var power: DisplayRecord.Power

    package init(_ record: DisplayRecord) {
        self.name = record.name
        self.albumID = record.albumID
        self.width = record.width
        self.height = record.height
        self.fit = record.fit
        self.rotation = record.rotation
        self.settings = record.settings
        self.timeZone = record.timeZone
        self.power = record.power
    }
}
