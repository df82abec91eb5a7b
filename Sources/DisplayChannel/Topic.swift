/// What a key under `/<display id>:` is about.
package enum Topic: String, Hashable, Sendable, CaseIterable, Codable {
    // State: applied whenever seen, however often.
    case settings
    case images
    case playlist
    case powerState = "power_state"

    // Commands: run at most once each.
    case changePhoto = "change_photo"
    case show
    case pause
    case identify
    case currentDisplay = "current_display"
    case restartScreen = "restart_screen"
    case reboot

    /// Topics the photoserver alone writes, and a publisher may compare and rewrite.
    package static let state: [Topic] = [.settings, .images, .playlist, .powerState]

    package var isState: Bool { Topic.state.contains(self) }
}
