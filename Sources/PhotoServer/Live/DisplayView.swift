import DisplayChannel
import Foundation
import PhotoLibrary

/// A display as people and programs see it: one shape for the pages, the API and the live events.
struct DisplayView: Encodable, Sendable, Equatable {
    let id: String
    let name: String
    /// `viewer`, `browser` or `legacy`.
    let kind: String
    let liveness: Liveness
    let livenessText: String
    let deliveryState: Delivery.State
    let deliveryText: String
    /// Its own album. What it shows may be another one, by its schedule or its group.
    let album: Int64?
    let shownAlbum: Int64?
    let group: Int64?
    let power: String
    let width: Int
    let height: Int
    let size: String
    let settings: [String: JSONValue]
    /// Name of the photo on the screen.
    let showingName: String?
    /// Address of its thumbnail, if the library still has it.
    let showingThumbnail: String?
    /// Seconds since 1970.
    let showingSince: Double?
    let nextDue: Double?
    /// What stands in the card where there is no picture.
    let screenNote: String
    let paused: Bool
    let lastCommand: String?
    let commands: [DisplayStatus.CommandReport]
    let receivedRevision: Int64?
    let appliedRevision: Int64?
    let publishedRevision: Int64?
    let presentedFrames: UInt64?
    let memoryBytes: Int64?
    let freeBytes: Int64?
    let version: String?
    let ip: String?
    let warnings: [String]

    init(
        record: DisplayRecord, settings: [String: JSONValue], status: DisplayStatus?, liveness: Liveness,
        livenessText: String, publication: Liveness.Publication?, arrival: Duration?, thumbnail: String?
    ) {
        let delivery = Delivery(
            isPublished: !record.needsPublishing, publication: publication, status: status, arrival: arrival)
        self.id = record.id
        self.name = record.name.isEmpty ? record.id : record.name
        self.kind = record.kind.rawValue
        self.liveness = liveness
        self.livenessText = livenessText
        self.deliveryState = delivery.state
        self.deliveryText = delivery.text
        self.album = record.albumID?.rawValue
        self.shownAlbum = record.shownAlbumID?.rawValue
        self.group = record.groupID?.rawValue
        self.power = record.power.rawValue
        self.width = record.width
        self.height = record.height
        self.size = "\(record.width) × \(record.height)"
        self.settings = settings
        self.showingName = status?.showing
        self.showingThumbnail = thumbnail
        self.showingSince = status?.since
        self.nextDue = status?.nextDue
        self.screenNote = Self.screenNote(record, status: status, liveness: liveness)
        self.paused = status.map { $0.showing != nil && $0.nextDue == nil && $0.power == .on } ?? false
        self.lastCommand = status?.commands.last.map(Self.sentence)
        self.commands = status?.commands ?? []
        self.receivedRevision = status?.receivedRevision
        self.appliedRevision = status?.appliedRevision
        self.publishedRevision = publication?.revision
        self.presentedFrames = status?.presentedFrames
        self.memoryBytes = status?.memoryBytes
        self.freeBytes = status?.freeBytes
        self.version = status?.version
        self.ip = status?.ip
        self.warnings = status?.warnings ?? []
    }

    private static func screenNote(_ record: DisplayRecord, status: DisplayStatus?, liveness: Liveness) -> String {
        if record.shownAlbumID == nil { return "Give it an album" }
        switch liveness {
        case .unknown, .new, .offline: return "No picture"
        case .dark: return "Screen is off"
        default: return status?.showing ?? "Nothing to show yet"
        }
    }

    private static func sentence(_ report: DisplayStatus.CommandReport) -> String {
        let name = report.topic.rawValue.replacingOccurrences(of: "_", with: " ")
        return "\(name): \(report.result.rawValue)" + (report.reason.map { ", \($0)" } ?? "")
    }
}
