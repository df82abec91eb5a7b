import DisplayChannel
import Foundation
import HTTPTypes
import PhotoLibrary
import Renditions

/// The body of `PATCH displays/{id}`: only the members that are there change anything.
struct DisplayChange: Decodable, Sendable {
    /// What the album becomes.
    enum Album: Sendable {
        case unchanged
        case none
        case album(AlbumID)

        init<Key: CodingKey>(_ container: KeyedDecodingContainer<Key>, key: Key) throws {
            if !container.contains(key) {
                self = .unchanged
            } else if try container.decodeNil(forKey: key) {
                self = .none
            } else {
                self = .album(AlbumID(try container.decode(Int64.self, forKey: key)))
            }
        }

        func apply(to album: inout AlbumID?) {
            switch self {
            case .unchanged: break
            case .none: album = nil
            case .album(let id): album = id
            }
        }
    }

    let name: String?
    let album: Album
    let power: DisplayRecord.Power?
    /// Some members of the settings object.
    let settings: [String: JSONValue]

    private enum CodingKeys: String, CodingKey { case name, album, power, settings }

    /// A change of some settings.
    init(settings: [String: JSONValue]) {
        self.name = nil
        self.album = .unchanged
        self.power = nil
        self.settings = settings
    }

    /// A change of what a history keeps: `name`, `album`, `power`, and settings.
    init(members: [String: JSONValue]) {
        var settings = members
        self.name = settings.removeValue(forKey: "name")?.text
        self.power = settings.removeValue(forKey: "power")?.text.flatMap { DisplayRecord.Power(rawValue: $0) }
        self.album =
            settings.removeValue(forKey: "album").map { value in
                value.double.flatMap { Int64(exactly: $0) }.map { .album(AlbumID($0)) } ?? .none
            } ?? .unchanged
        self.settings = settings
    }

    /// The settings of a draft as a history keeps them, defaults included.
    static func members(_ draft: DisplayDraft) -> [String: String] {
        var members = Self.current(draft).members
        for managed in Self.managed.keys { members[managed] = nil }
        return members.mapValues { String(decoding: $0.json, as: UTF8.self) }
    }

    /// Settings that follow from something else, and what to change instead.
    private static let managed = [
        "group": "Put the display into a group instead.", "group_clock": "Put the display's group in step instead.",
    ]

    private static func current(_ draft: DisplayDraft) -> DisplaySettings {
        var settings = DisplaySettings.Reading(json: Array(draft.settings.utf8))?.settings ?? DisplaySettings()
        settings.fit = draft.fit == .cover ? .cover : .contain
        settings.rotation = draft.rotation.rawValue
        return settings
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.name = try container.decodeIfPresent(String.self, forKey: .name)
        self.power = try container.decodeIfPresent(DisplayRecord.Power.self, forKey: .power)
        self.settings = try container.decodeIfPresent([String: JSONValue].self, forKey: .settings) ?? [:]
        self.album = try Album(container, key: .album)
    }

    /// Makes the change. Throws a ``Problem`` for a setting that the protocol does not know or does not allow: a display
    /// would clamp it, but somebody who is looking at a form should hear of it.
    func apply(to draft: inout DisplayDraft) throws {
        if let name { draft.name = name }
        self.album.apply(to: &draft.albumID)
        if let power { draft.power = power }
        guard !self.settings.isEmpty else { return }

        let known = Set(DisplaySettings().members.keys)
        if let stranger = self.settings.keys.sorted().first(where: { !known.contains($0) }) {
            throw Problem(.unprocessableContent, "setting-unknown", "There is no setting \"\(stranger)\".")
        }
        if let managed = self.settings.keys.sorted().first(where: { Self.managed[$0] != nil }) {
            throw Problem(
                .unprocessableContent, "setting-managed",
                "The setting \"\(managed)\" follows from the display's group.",
                remedy: Self.managed[managed])
        }
        let settings = try DisplaySettings.Reading.checked(
            members: Self.current(draft).members.merging(self.settings) { _, new in new })
        // `name` is a column of the record; the settings object gets it when it is published.
        if let name = self.settings["name"]?.text, self.name == nil { draft.name = name }
        draft.settings = String(decoding: settings.json, as: UTF8.self)
        draft.fit = settings.fit == .cover ? .cover : .contain
        draft.timeZone = settings.timeZone
        draft.rotation = RenditionRecipe.Rotation(rawValue: settings.rotation) ?? draft.rotation
    }
}
