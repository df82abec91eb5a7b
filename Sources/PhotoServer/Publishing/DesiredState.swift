import DisplayChannel
import PhotoLibrary
import Renditions

/// What the database says should stand in the mediator for one display. Pure.
enum DesiredState {
    /// The values of the four state topics.
    static func topics(display: DisplayRecord, playlist: PlaylistDocument) -> [Topic: [UInt8]] {
        var settings = DisplaySettings.Reading(json: Array(display.settings.utf8))?.settings ?? DisplaySettings()
        // The record's columns are what the renditions are cut by; the display must go by the same.
        settings.name = display.name
        settings.fit = display.fit == .cover ? .cover : .contain
        settings.rotation = display.rotation.rawValue
        let reference = PlaylistReference(sha256: playlist.sha256, count: playlist.names.count)
        return [
            .settings: settings.json,
            .images: ImageNames.json(playlist.names),
            .playlist: reference.json,
            .powerState: (display.power == .on ? PowerState.on : PowerState.off).json,
        ]
    }
}
