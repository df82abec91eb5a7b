import DisplayChannel
import Foundation
import HTTPTypes
import PhotoLibrary

/// The settings that displays in step must have in common.
enum GroupSettings {
    static let names = ["interval_time", "interval_units", "order", "transition", "transition_ms"]

    /// What holds for a group, defaults included.
    static func members(of group: DisplayGroup) -> [String: JSONValue] { Self.members(stored: group.settings) }

    static func members(stored: String) -> [String: JSONValue] {
        let settings = DisplaySettings.Reading(json: Array(stored.utf8))?.settings ?? DisplaySettings()
        return settings.members.filter { Self.names.contains($0.key) }
    }
}

/// The body of `POST groups` and `PATCH groups/{id}`: only the members that are there change anything.
struct GroupChange: Decodable, Sendable {
    let name: String?
    let album: DisplayChange.Album
    let mode: DisplayGroup.Mode?
    let inStep: Bool?
    let displays: [String]?
    let settings: [String: JSONValue]

    /// How many displays a group may have.
    static let displaysMaximum = 1000

    private enum CodingKeys: String, CodingKey { case name, album, mode, inStep, displays, settings }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.name = try container.decodeIfPresent(String.self, forKey: .name)
        self.album = try DisplayChange.Album(container, key: .album)
        self.mode = try container.decodeIfPresent(DisplayGroup.Mode.self, forKey: .mode)
        self.inStep = try container.decodeIfPresent(Bool.self, forKey: .inStep)
        self.displays = try container.decodeIfPresent([String].self, forKey: .displays)
        self.settings = try container.decodeIfPresent([String: JSONValue].self, forKey: .settings) ?? [:]
    }

    func apply(to draft: inout DisplayGroupDraft) throws {
        if let name { draft.name = name }
        self.album.apply(to: &draft.albumID)
        if let mode { draft.mode = mode }
        if let inStep { draft.isInStep = inStep }
        if let displays {
            guard displays.count <= Self.displaysMaximum else {
                throw Problem.badRequest("A group has \(Self.displaysMaximum) displays at most.")
            }
            draft.displays = displays
        }
        guard !self.settings.isEmpty else { return }
        if let stranger = self.settings.keys.sorted().first(where: { !GroupSettings.names.contains($0) }) {
            throw Problem(
                .unprocessableContent, "setting-unknown", "A group has no setting \"\(stranger)\".",
                remedy: "It has " + GroupSettings.names.joined(separator: ", ") + ".")
        }
        let members = GroupSettings.members(stored: draft.settings).merging(self.settings) { _, new in new }
        let reading = try DisplaySettings.Reading.checked(members: members)
        draft.settings = String(
            decoding: JSONValue.object(reading.members.filter { GroupSettings.names.contains($0.key) }).json,
            as: UTF8.self)
    }
}

extension DisplaySettings.Reading {
    /// The settings that `members` make. Throws a ``Problem`` that names the setting and what it may be: a display would
    /// clamp a value, but somebody who is looking at a form should hear of it.
    static func checked(members: [String: JSONValue]) throws -> DisplaySettings {
        let reading = Self(members: members)
        guard reading.warnings.isEmpty else {
            throw Problem(
                .unprocessableContent, "setting-invalid",
                // What a display would make of it is of no interest here: nothing is changed.
                reading.warnings.map { $0.components(separatedBy: "; using ")[0] }.joined(separator: "; ") + ".",
                remedy: "Correct the value and send it again.")
        }
        return reading.settings
    }
}
