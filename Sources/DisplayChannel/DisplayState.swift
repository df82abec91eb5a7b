/// The state topics of one display, as last seen in the mediator. Topics that vanish keep their last value:
/// a display removed or a store emptied changes nothing on the screen.
package struct DisplayState: Hashable, Sendable, Codable {
    /// A state topic's value and the revision that wrote it.
    package struct Entry: Hashable, Sendable, Codable {
        package var json: [UInt8]
        package var revision: Int64

        package init(json: [UInt8], revision: Int64) {
            self.json = json
            self.revision = revision
        }

        private enum CodingKeys: String, CodingKey { case text, json, revision }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.revision = try container.decode(Int64.self, forKey: .revision)
            if let text = try container.decodeIfPresent(String.self, forKey: .text) {
                self.json = Array(text.utf8)
            } else {
                self.json = try container.decode([UInt8].self, forKey: .json)
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(self.revision, forKey: .revision)
            // A byte as a number takes four: disks of displays are small, and wear out. What is no text stays bytes.
            if let text = String(validating: self.json, as: UTF8.self) {
                try container.encode(text, forKey: .text)
            } else {
                try container.encode(self.json, forKey: .json)
            }
        }
    }

    /// What the screen's photos come from.
    package enum PhotoSource: Hashable, Sendable {
        case playlist(PlaylistReference)
        /// Fetched by name: an older server, or a hand with `etcdctl`, wrote `images` and no newer playlist.
        case images([String])
        case none
    }

    package var entries: [Topic: Entry] = [:]

    package init() {}

    package mutating func set(_ topic: Topic, json: [UInt8], revision: Int64) {
        self.entries[topic] = Entry(json: json, revision: revision)
    }

    /// Keeps the values but not their revisions, which mean nothing in another store.
    package mutating func forgetRevisions() {
        for topic in self.entries.keys { self.entries[topic]?.revision = 0 }
    }

    /// The newest revision among the state topics; 0 when there are none.
    package var revision: Int64 { self.entries.values.map(\.revision).max() ?? 0 }

    /// Nil while no settings were ever seen, or when they are not a JSON object.
    package var settings: DisplaySettings.Reading? {
        self.entries[.settings].flatMap { DisplaySettings.Reading(json: $0.json) }
    }

    package var power: PowerState? { self.entries[.powerState].flatMap { PowerState(json: $0.json) } }

    /// The playlist document, unless `images` is newer than it or there is none.
    package var photos: PhotoSource {
        let playlist = self.entries[.playlist].flatMap { entry in
            PlaylistReference(json: entry.json).map { (reference: $0, revision: entry.revision) }
        }
        let images = self.entries[.images].flatMap { entry in
            ImageNames.read(entry.json).map { (names: $0, revision: entry.revision) }
        }
        switch (playlist, images) {
        case (let playlist?, let images?) where images.revision > playlist.revision: return .images(images.names)
        case (let playlist?, _): return .playlist(playlist.reference)
        case (nil, let images?): return .images(images.names)
        case (nil, nil): return .none
        }
    }

    /// State values that cannot be read, each named with what is wrong, for the status's `warnings`.
    package var warnings: [String] {
        var warnings = self.settings?.warnings ?? []
        if self.entries[.settings] != nil, self.settings == nil { warnings.append("settings is not a JSON object") }
        if self.entries[.powerState] != nil, self.power == nil { warnings.append("power_state is neither on nor off") }
        if let entry = self.entries[.playlist], PlaylistReference(json: entry.json) == nil {
            warnings.append("playlist is not {\"sha256\", \"count\"}")
        }
        if let entry = self.entries[.images], ImageNames.read(entry.json) == nil {
            warnings.append("images is not an array of names")
        }
        return warnings
    }
}
