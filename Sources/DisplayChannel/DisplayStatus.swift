import Foundation

/// What a display says of itself under `/status/<id>`.
package struct DisplayStatus: Hashable, Sendable, Codable {
    package enum Power: String, Sendable, Codable { case on, asleep, off }
    package enum CommandOutcome: String, Sendable, Codable { case done, skipped, failed }

    /// What became of one command.
    package struct CommandReport: Hashable, Sendable, Codable {
        package var topic: Topic
        /// The command's id: its mod_revision.
        package var revision: Int64
        package var result: CommandOutcome
        package var reason: String?

        package init(topic: Topic, revision: Int64, result: CommandOutcome, reason: String? = nil) {
            self.topic = topic
            self.revision = revision
            self.result = result
            self.reason = reason
        }
    }

    package struct Resolution: Hashable, Sendable, Codable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// How many command reports are kept.
    package static let commandLimit = 8

    /// Photo name, or nil when no photo is shown.
    package var showing: String?
    /// Seconds since 1970 at which it came up, by the display's clock.
    package var since: Double?
    /// The photo that it means to show next, or nil when it does not know.
    package var next: String?
    /// Seconds since 1970 at which the display means to change by itself; nil when it does not.
    package var nextDue: Double?
    /// The newest event of its prefix that it has processed.
    package var receivedRevision: Int64 = 0
    /// The newest state fully in effect on the screen.
    package var appliedRevision: Int64 = 0
    /// Milliseconds from receiving the applied revision to presenting it.
    package var appliedAfterMilliseconds: Double?
    /// The newest reports last, at most ``commandLimit``.
    package var commands: [CommandReport] = []
    /// Frames presented since the program started, counted where they are presented.
    package var presentedFrames: UInt64 = 0
    /// Seconds since 1970.
    package var lastPresented: Double?
    package var power: Power = .on
    /// How the screen was switched off or on last: `dpms`, `cec`, `wlr-randr`, `black`; nil before the first time.
    package var powerBy: [String]?
    package var resolution: Resolution?
    /// What the picture is shown on, such as `HDMI-A-1`; nil where a desktop keeps that to itself.
    package var connector: String?
    /// Such as `1920x1080@60`.
    package var mode: String?
    package var freeBytes: Int64?
    package var cacheBytes: Int64?
    package var memoryBytes: Int64?
    package var temperatureCelsius: Double?
    package var throttled: Bool?
    package var clockOffsetMilliseconds: Double?
    /// `etcd` or `events`.
    package var transport = "etcd"
    package var version = ""
    package var ip: String?
    package var warnings: [String] = []

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case showing, since, next, commands, power, resolution, connector, mode, throttled, transport, version, ip
        case warnings
        case nextDue = "next_due"
        case powerBy = "power_by"
        case receivedRevision = "received_revision"
        case appliedRevision = "applied_revision"
        case appliedAfterMilliseconds = "applied_after_ms"
        case presentedFrames = "presented_frames"
        case lastPresented = "last_presented"
        case freeBytes = "free_bytes"
        case cacheBytes = "cache_bytes"
        case memoryBytes = "memory_bytes"
        case temperatureCelsius = "temperature_c"
        case clockOffsetMilliseconds = "clock_offset_ms"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // A display of another version may leave members out or add some: only what is there is taken.
        func value<T: Decodable>(_ key: CodingKeys, _ type: T.Type = T.self) throws -> T? {
            try container.decodeIfPresent(type, forKey: key)
        }
        self.showing = try value(.showing)
        self.since = try value(.since)
        self.next = try value(.next)
        self.nextDue = try value(.nextDue)
        self.receivedRevision = try value(.receivedRevision) ?? 0
        self.appliedRevision = try value(.appliedRevision) ?? 0
        self.appliedAfterMilliseconds = try value(.appliedAfterMilliseconds)
        self.commands = Array((try value(.commands, [CommandReport].self) ?? []).suffix(Self.commandLimit))
        self.presentedFrames = try value(.presentedFrames) ?? 0
        self.lastPresented = try value(.lastPresented)
        self.power = try value(.power) ?? .on
        self.powerBy = try value(.powerBy)
        self.resolution = try value(.resolution)
        self.connector = try value(.connector)
        self.mode = try value(.mode)
        self.freeBytes = try value(.freeBytes)
        self.cacheBytes = try value(.cacheBytes)
        self.memoryBytes = try value(.memoryBytes)
        self.temperatureCelsius = try value(.temperatureCelsius)
        self.throttled = try value(.throttled)
        self.clockOffsetMilliseconds = try value(.clockOffsetMilliseconds)
        self.transport = try value(.transport) ?? "etcd"
        self.version = try value(.version) ?? ""
        self.ip = try value(.ip)
        self.warnings = try value(.warnings) ?? []
    }

    /// Nil when `json` is not a status object.
    package init?(json: [UInt8]) {
        guard let status = try? JSONDecoder().decode(DisplayStatus.self, from: Data(json)) else { return nil }
        self = status
    }

    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return (try? encoder.encode(self)).map(Array.init) ?? Array("{}".utf8)
    }

    /// Adds a report and forgets the oldest beyond ``commandLimit``.
    package mutating func report(_ command: CommandReport) {
        self.commands.append(command)
        self.commands.removeFirst(max(0, self.commands.count - Self.commandLimit))
    }
}
