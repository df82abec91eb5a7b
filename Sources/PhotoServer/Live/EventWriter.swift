import Foundation

/// Writes batches of events as one follower wants them.
struct EventWriter: Sendable {
    let board: FleetBoard
    let upkeep: MediatorUpkeep
    /// How displays are told.
    enum View: String, Sendable {
        /// As ``DisplayView``s.
        case displays
        /// As ``WallCard``s.
        case cards
        /// Not at all: for pages about photos and albums.
        case library
    }

    let view: View
    /// The only display that is of interest; nil for all.
    let display: String?

    private struct Snapshot: Encodable {
        let displays: [DisplayView]
        /// Whether the store can be heard; if not, what is known of displays may be old.
        let mediator: Bool
    }

    /// What goes over the wire; empty when there is nothing to tell. The last event carries the place.
    func text(_ batch: EventBatch) throws -> String {
        if batch.needsSnapshot { return try self.snapshot().wire(at: batch.cursor) }
        let events = try batch.items.compactMap(self.event)
        guard let last = events.last else { return "" }
        return events.dropLast().map(\.wire).joined() + last.wire(at: batch.cursor)
    }

    private func event(_ item: EventBatch.Item) throws -> ServerEvent? {
        switch item {
        case .event(let event):
            return event
        case .display(let id):
            guard self.view != .library, self.display == nil || self.display == id else { return nil }
            if self.view == .cards, let card = try self.board.card(of: id) { return ServerEvent("display", json: card) }
            if let view = self.board.view(of: id) { return try ServerEvent("display", view) }
            return try ServerEvent("display-removed", ["id": id])
        }
    }

    private func snapshot() throws -> ServerEvent {
        switch self.view {
        case .library: return ServerEvent("snapshot")
        case .cards: return ServerEvent("snapshot", json: try self.cards(cursor: nil))
        case .displays: break
        }
        let displays = self.display.map { self.board.view(of: $0).map { [$0] } ?? [] } ?? self.board.views
        return try ServerEvent("snapshot", Snapshot(displays: displays, mediator: self.board.isMediatorConnected))
    }

    /// Everything that the wall shows, with the place in the events where it was so.
    func cards(cursor: EventCursor?) throws -> String {
        let displays = try self.board.cards().joined(separator: ",")
        let upkeep = try self.upkeep.report.map { String(decoding: try JSONEncoder.api.encode($0), as: UTF8.self) }
        return """
            {"cursor":\(cursor.map { "\"\($0.text)\"" } ?? "null"),"mediator":\(self.board.isMediatorConnected),\
            "upkeep":\(upkeep ?? "null"),"displays":[\(displays)]}
            """
    }
}
