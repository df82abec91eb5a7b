/// What a display without photos says on its screen: what it waits for, in words for whoever stands before it.
enum Notice: Hashable, Sendable {
    case starting
    case unreachable(server: String)
    case pending(id: String, server: String)
    case refused(server: String, reason: String)
    case admitted

    /// - Parameter isPlaylistEmpty: Whether the display knows that it has nothing to show, rather than waiting for it.
    func card(isPlaylistEmpty: Bool) -> Card {
        switch self {
        case .starting:
            Card(title: "Starting")
        case .unreachable(let server):
            Card(title: "The photo server does not answer", lines: [server, "Trying again"])
        case .pending(let id, let server):
            Card(title: "Waiting for approval", lines: ["Open \(server) and approve this display:", id])
        case .refused(let server, let reason):
            Card(title: "The photo server refuses this display", lines: [server, reason])
        case .admitted where isPlaylistEmpty:
            Card(title: "No photos yet", lines: ["Give this display an album that has photos"])
        case .admitted:
            Card(title: "Fetching photos")
        }
    }
}
