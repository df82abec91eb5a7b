import DisplayChannel
import Foundation

/// A display as its card on the wall needs it, in few bytes: a page may have a thousand. What is as usual is left out.
struct WallCard: Encodable, Sendable {
    /// `[id, version, name]`: what the address of its thumbnail is made of.
    struct Photo: Encodable, Sendable {
        let photo: ShownPhoto

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(self.photo.id)
            try container.encode(self.photo.version)
            try container.encode(self.photo.name)
        }
    }

    let id: String
    let name: String
    /// Left out when it is online.
    let live: Liveness?
    /// When it was last heard of, seconds since 1970, unless it is there.
    let since: Int?
    /// The album that it shows at present, and its own if that is another one.
    let album: Int64?
    let ownAlbum: Int64?
    let group: Int64?
    /// What it shows, if the library has it; else only its name.
    let photo: Photo?
    let showing: String?
    /// What it means to show next, and when.
    let next: String?
    let due: Int?
    let paused: Bool?
    /// Its screen was switched off here.
    let off: Bool?
    /// Pixels of its screen as people see it, unless 1920 × 1080.
    let size: [Int]?
    /// Changes that the mediator does not have yet.
    let waiting: Int64?
    /// Changes that the display has not applied.
    let behind: Int?
    /// How long the newest change took to arrive, in milliseconds.
    let ms: Int?
    let command: DisplayView.CommandView?
    let warning: String?

    init(_ view: DisplayView) {
        self.id = view.id
        self.name = view.name
        self.live = view.liveness == .online ? nil : view.liveness
        self.since = view.liveness == .offline ? view.lastSeen.map { Int($0) } : nil
        self.album = view.shownAlbum
        self.ownAlbum = view.album == view.shownAlbum ? nil : view.album
        self.group = view.group
        self.photo = view.photo.map { Photo(photo: $0) }
        self.showing = view.photo == nil ? view.showingName : nil
        self.next = view.nextName
        self.due = view.nextDue.map { Int($0.rounded()) }
        self.paused = view.paused ? true : nil
        self.off = view.power == "off" ? true : nil
        let size = view.isTurned ? [view.height, view.width] : [view.width, view.height]
        self.size = size == [1920, 1080] ? nil : size
        self.waiting = view.waiting > 0 ? view.waiting : nil
        self.behind = view.behind > 0 ? view.behind : nil
        self.ms = view.arrivalMilliseconds
        self.command = view.command
        self.warning = view.warnings.first.map { String($0.prefix(160)) }
    }
}
