import Foundation

/// What a display without photos says on its screen: what it waits for, in words for whoever stands before it.
enum Notice: Hashable, Sendable {
    case starting
    /// No address was given, and none was found yet; the reason is nil while the first search goes on.
    case searching(reason: String?)
    case unreachable(server: String)
    /// An administrator has to let this display in, with the code or, on older servers, with a click.
    case pending(id: String, server: String, code: String?, page: String?)
    case refused(server: String, reason: String)
    case admitted

    /// - Parameters:
    ///   - isPlaylistEmpty: Whether the display knows that it has nothing to show, rather than waiting for it.
    ///   - missing: What else keeps it from going on, a sentence each.
    func card(isPlaylistEmpty: Bool, missing: [String] = []) -> Card {
        var card = self.card(isPlaylistEmpty: isPlaylistEmpty)
        card.lines += missing
        return card
    }

    private func card(isPlaylistEmpty: Bool) -> Card {
        switch self {
        case .starting:
            Card(title: "Starting")
        case .searching(nil):
            Card(title: "Looking for the photo server", lines: ["on this network"])
        case .searching(let reason?):
            Card(
                title: "Photo server not found",
                lines: [reason, "Start it on this network, or give this display its address with --server"])
        case .unreachable(let server):
            Card(title: "The photo server does not answer", lines: [server, "Trying again"])
        case .pending(let id, let server, nil, _):
            Card(title: "Waiting for approval", lines: ["Open \(server) and approve this display:", id])
        case .pending(_, let server, let code?, let page):
            Card(
                title: Self.spaced(code),
                lines: [
                    "This display is not paired yet. Scan, or open", Self.short(page ?? server), "and type the code",
                ],
                code: page ?? server)
        case .refused(let server, let reason):
            Card(title: "The photo server refuses this display", lines: [server, reason])
        case .admitted where isPlaylistEmpty:
            Card(title: "No photos yet", lines: ["Give this display an album that has photos"])
        case .admitted:
            Card(title: "Fetching photos")
        }
    }

    /// `A7K 9QX`: three at a time are read and typed without mistakes.
    private static func spaced(_ code: String) -> String {
        guard code.count == 6 else { return code }
        return "\(code.prefix(3)) \(code.suffix(3))"
    }

    /// As a person types it: without the query that spares typing the code, and without `http://`.
    private static func short(_ address: String) -> String {
        let plain = address.prefix { $0 != "?" }
        return plain.hasPrefix("http://") ? String(plain.dropFirst(7)) : String(plain)
    }
}
