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

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.name = try container.decodeIfPresent(String.self, forKey: .name)
        self.power = try container.decodeIfPresent(DisplayRecord.Power.self, forKey: .power)
        self.settings = try container.decodeIfPresent([String: JSONValue].self, forKey: .settings) ?? [:]
        if !container.contains(.album) {
            self.album = .unchanged
        } else if try container.decodeNil(forKey: .album) {
            self.album = .none
        } else {
            self.album = .album(AlbumID(try container.decode(Int64.self, forKey: .album)))
        }
    }

    /// Makes the change. Throws a ``Problem`` for a setting that the protocol does not know or does not allow: a display
    /// would clamp it, but somebody who is looking at a form should hear of it.
    func apply(to draft: inout DisplayDraft) throws {
        if let name { draft.name = name }
        switch self.album {
        case .unchanged: break
        case .none: draft.albumID = nil
        case .album(let id): draft.albumID = id
        }
        if let power { draft.power = power }
        guard !self.settings.isEmpty else { return }

        let known = Set(DisplaySettings().members.keys)
        if let stranger = self.settings.keys.sorted().first(where: { !known.contains($0) }) {
            throw Problem(.unprocessableContent, "setting-unknown", "There is no setting \"\(stranger)\".")
        }
        let old = DisplaySettings.Reading(json: Array(draft.settings.utf8))?.settings ?? DisplaySettings()
        var current = old
        current.fit = draft.fit == .cover ? .cover : .contain
        current.rotation = draft.rotation.rawValue
        let reading = DisplaySettings.Reading(members: current.members.merging(self.settings) { _, new in new })
        guard reading.warnings.isEmpty else {
            throw Problem(
                .unprocessableContent, "setting-invalid",
                // What a display would make of it is of no interest here: nothing is changed.
                reading.warnings.map { $0.components(separatedBy: "; using ")[0] }.joined(separator: "; ") + ".",
                remedy: "Correct the value and send it again.")
        }
        let settings = reading.settings
        // `name` is a column of the record; the settings object gets it when it is published.
        if let name = self.settings["name"]?.text, self.name == nil { draft.name = name }
        draft.settings = String(decoding: settings.json, as: UTF8.self)
        draft.fit = settings.fit == .cover ? .cover : .contain
        draft.rotation = RenditionRecipe.Rotation(rawValue: settings.rotation) ?? draft.rotation
    }
}
