import DisplayChannel
import Foundation
import PhotoLibrary
import Renditions

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
    /// When it was last heard of, seconds since 1970.
    let lastSeen: Double?
    /// Changes that the mediator does not have yet.
    let waiting: Int64
    /// Changes that were sent and are not in effect.
    let behind: Int
    /// How long the newest change took to be in effect.
    let arrivalMilliseconds: Int?
    /// Whether its height is the longer side as people see it, because it is mounted so.
    let isTurned: Bool
    /// Name of the photo on the screen.
    let showingName: String?
    /// The same in the library, if it has it.
    let photo: ShownPhoto?
    /// Address of its thumbnail, if the library still has it.
    let showingThumbnail: String?
    /// Seconds since 1970.
    let showingSince: Double?
    /// The photo that it means to show next, and when, seconds since 1970.
    let nextName: String?
    let nextDue: Double?
    /// What stands in the card where there is no picture.
    let screenNote: String
    let paused: Bool
    let lastCommand: String?
    /// The newest command that this server sent, and what became of it.
    let command: CommandView?
    let commands: [DisplayStatus.CommandReport]
    let receivedRevision: Int64?
    let appliedRevision: Int64?
    let publishedRevision: Int64?
    let presentedFrames: UInt64?
    let memoryBytes: Int64?
    let freeBytes: Int64?
    let cacheBytes: Int64?
    /// Over what it hears changes: `etcd` or `events`.
    let transport: String?
    /// Its screen's connector and mode, such as `HDMI-A-1` and `1920x1080@60`.
    let connector: String?
    let mode: String?
    let temperatureCelsius: Double?
    /// Whether its processor is slowed down, for heat or for want of current.
    let throttled: Bool?
    let clockOffsetMilliseconds: Double?
    let version: String?
    let ip: String?
    let warnings: [String]

    /// The newest command's fate.
    struct CommandView: Encodable, Sendable, Equatable {
        let topic: Topic
        /// The command's id.
        let revision: Int64
        let state: CommandProgress.State
        /// From the click to the display's report.
        let ms: Int?
        let reason: String?
    }

    /// How a display is.
    struct Live {
        let liveness: Liveness
        let text: String
        let since: Date?
    }

    init(
        record: DisplayRecord, settings: [String: JSONValue], status: DisplayStatus?, live: Live,
        delivery facts: Delivery.Facts, photo: ShownPhoto?, command: CommandProgress?
    ) {
        self.waiting = record.needsPublishing ? max(1, record.generation - record.publishedGeneration) : 0
        let delivery = Delivery(waiting: self.waiting, facts: facts, status: status)
        self.id = record.id
        self.name = record.name.isEmpty ? record.id : record.name
        self.kind = record.kind.rawValue
        self.liveness = live.liveness
        self.livenessText = live.text
        self.lastSeen = live.since?.timeIntervalSince1970
        self.behind = facts.behind
        self.arrivalMilliseconds = delivery.state == .applied ? facts.arrival.map(Self.milliseconds) : nil
        self.isTurned = record.rotation.swapsSides
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
        self.photo = photo
        self.showingThumbnail = photo.map(PhotoView.thumbnailAddress)
        self.showingSince = status?.since
        self.nextName = status?.next
        self.nextDue = status?.nextDue
        self.screenNote = Self.screenNote(record, status: status, liveness: live.liveness)
        self.paused = status.map { $0.showing != nil && $0.nextDue == nil && $0.power == .on } ?? false
        self.lastCommand = command?.text ?? status?.commands.last.map(Self.sentence)
        self.command = command.map {
            CommandView(
                topic: $0.topic, revision: $0.revision, state: $0.state, ms: $0.after.map(Self.milliseconds),
                reason: $0.reason)
        }
        self.commands = status?.commands ?? []
        self.receivedRevision = status?.receivedRevision
        self.appliedRevision = status?.appliedRevision
        self.publishedRevision = facts.publication?.revision
        self.presentedFrames = status?.presentedFrames
        self.memoryBytes = status?.memoryBytes
        self.freeBytes = status?.freeBytes
        self.cacheBytes = status?.cacheBytes
        self.transport = record.kind == .legacy ? nil : status?.transport
        self.connector = status?.connector
        self.mode = status?.mode
        self.temperatureCelsius = status?.temperatureCelsius
        self.throttled = status?.throttled
        self.clockOffsetMilliseconds = status?.clockOffsetMilliseconds
        self.version = status?.version
        self.ip = status?.ip
        self.warnings = status?.warnings ?? []
    }

    private static func milliseconds(_ duration: Duration) -> Int { Int((duration / .milliseconds(1)).rounded()) }

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
