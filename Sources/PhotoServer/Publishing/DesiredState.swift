import DisplayChannel
import PhotoLibrary
import Renditions

/// What the database says should stand in the mediator for one display. Pure.
enum DesiredState {
    /// What displays of the older system know of the settings.
    private static let legacySettings: Set<String> = [
        "name", "description", "orientation", "interval_base", "interval_time", "interval_units", "variance_pct",
        "use_halflife", "brightness", "contrast", "saturation", "log_level",
    ]

    /// The values of a playlist's two topics. The same for all displays that share it.
    struct Lists: Sendable {
        let names: [String]
        let images: [UInt8]
        let playlist: [UInt8]

        init(_ document: PlaylistDocument) {
            self.names = document.names
            self.images = ImageNames.json(document.names)
            self.playlist = PlaylistReference(sha256: document.sha256, count: document.names.count).json
        }
    }

    /// The values of the state topics: four, and three for a display of the older system, which gets plain arrays.
    static func topics(display: DisplayRecord, group: DisplayGroup? = nil, lists: Lists) -> [Topic: [UInt8]] {
        if display.kind == .legacy {
            let settings = Self.settings(of: display, group: group).members.filter {
                Self.legacySettings.contains($0.key)
            }
            return [
                .settings: JSONValue.object(settings).json,
                .images: ImageNames.json(lists.names, limit: ImageNames.legacyByteLimit),
                .powerState: (display.power == .on ? PowerState.on : PowerState.off).json,
            ]
        }
        return [
            .settings: Self.settings(of: display, group: group).json,
            .images: lists.images,
            .playlist: lists.playlist,
            .powerState: (display.power == .on ? PowerState.on : PowerState.off).json,
        ]
    }

    /// The settings as they are in force: name, fit and rotation are columns of the record, which the renditions are
    /// cut by, and the display must go by the same. A group in step has one interval, order and seed for all.
    static func settings(of display: DisplayRecord, group: DisplayGroup? = nil) -> DisplaySettings {
        var settings = DisplaySettings.Reading(json: Array(display.settings.utf8))?.settings ?? DisplaySettings()
        if let group, group.isInStep {
            settings =
                DisplaySettings.Reading(
                    members: settings.members.merging(GroupSettings.members(of: group)) { _, own in own }
                ).settings
            settings.shuffleSeed = UInt64(group.id.rawValue)
        }
        settings.name = display.name
        settings.fit = display.fit == .cover ? .cover : .contain
        settings.rotation = display.rotation.rawValue
        settings.group = display.groupName ?? ""
        settings.groupClock = group?.isInStep ?? false
        return settings
    }
}
