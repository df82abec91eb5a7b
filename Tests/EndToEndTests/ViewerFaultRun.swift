import Foundation
import TestSupport

/// A display process that reaches its server and its mediator by names, through relays, and what was seen of it.
struct ViewerFaultRun: Sendable {
    enum Fault: CaseIterable, Sendable {
        /// SIGKILL, and started at once.
        case killed
        /// SIGKILL, and once more while it starts.
        case killedTwice
        /// The connections break, and no name server answers.
        case namesSilent
        /// The connections break, and the name server fails.
        case namesFail
        /// The connections break, and the name server knows no such name.
        case namesDenied
        /// SIGKILL, and started where no name server answers.
        case killedWithoutNames

        var takesNames: Bool { self != .killed && self != .killedTwice }
        var kills: Bool { [.killed, .killedTwice, .killedWithoutNames].contains(self) }
    }

    /// The settings that make a change a matter of moments: what is measured is how it arrives.
    static let settings: [String: any Sendable] = [
        "transition": "cut", "interval_time": 1, "interval_units": "days", "order": "as_listed",
    ]

    let house: House
    let names: NameServer
    let relays: [FaultProxy]
    let display: String

    /// Lends a house whose display finds server and mediator by name.
    static func with(_ body: @Sendable (ViewerFaultRun) async throws -> Void) async throws {
        let ports = try House.Ports()
        try await NameServer.with { names in
            try await FaultProxy.with(targetPort: ports.server) { server in
                try await FaultProxy.with(targetPort: ports.etcd) { etcd in
                    let reach = House.Reach(
                        server: "http://house.test:\(server.port)", etcd: "http://etcd.test:\(etcd.port)", names: names)
                    try await House.withHouse(.etcd, ports: ports, reach: reach) { house in
                        let display = try await house.display().id
                        try await body(
                            ViewerFaultRun(house: house, names: names, relays: [server, etcd], display: display))
                    }
                }
            }
        }
    }

    /// Begins a fault.
    ///
    /// - Returns: When the display was killed for the last time, if it was.
    @discardableResult
    func begin(_ fault: Fault, _ generator: inout SeededGenerator) async throws -> Date? {
        if fault.takesNames {
            self.names.conduct =
                switch fault {
                case .namesFail: .fails
                case .namesDenied: .denies
                default: .silent
                }
            // A connection that stands needs no name; the next one does.
            for relay in self.relays { relay.cut() }
        }
        guard fault.kills else { return nil }
        self.house.kill(.viewer)
        var killed = Date()
        try await self.house.start(.viewer)
        if fault == .killedTwice {
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...800, using: &generator)))
            self.house.kill(.viewer)
            killed = Date()
            try await self.house.start(.viewer)
        }
        return killed
    }

    /// Waits for the first frame of the display's newest life: it comes from its own disk.
    ///
    /// - Returns: How long it took from the kill.
    func firstFrame(since killed: Date) async throws -> TimeInterval {
        try await eventually("a frame after the kill", within: .seconds(40)) {
            let written = try FileManager.default.attributesOfItem(atPath: "\(self.house.folder)/frames/latest.jpg")
            guard let date = written[.modificationDate] as? Date, date > killed else { return nil }
            return date.timeIntervalSince(killed)
        }
    }

    func end() { self.names.conduct = .answers }

    /// How often each command was carried out, by its revision, over all lives of the display: each writes a line before
    /// it does anything.
    func commands() -> [Int64: Int] {
        let log = (try? String(contentsOfFile: "\(self.house.folder)/viewer.log", encoding: .utf8)) ?? ""
        var counts: [Int64: Int] = [:]
        for line in log.split(separator: "\n") where line.contains("a command") {
            guard let revision = line.firstMatch(of: /revision=([0-9]+)/)?.1, let number = Int64(revision) else {
                continue
            }
            counts[number, default: 0] += 1
        }
        return counts
    }
}

/// Looks at each picture that a display leaves: is it one of the photos, whole?
actor FrameWatch {
    private let house: House
    private let photos: [String: Picture]
    private var seen: Date?
    /// Frames that were no photo.
    private(set) var gaps = 0
    private(set) var frames = 0

    init(_ house: House, photos: [String]) async throws {
        self.house = house
        var pictures: [String: Picture] = [:]
        for photo in photos {
            pictures[photo] = try await Picture.reference(
                of: photo, width: House.width, height: House.height, folder: house.folder)
        }
        self.photos = pictures
    }

    /// Looks until cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: .milliseconds(20))
            try self.look()
        }
    }

    private func look() throws {
        let path = "\(self.house.folder)/frames/latest.jpg"
        let written = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        guard let written, written != self.seen else { return }
        self.seen = written
        let frame = try Picture(jpeg: path)
        self.frames += 1
        if !self.photos.values.contains(where: { frame.psnr(against: $0) > House.likenessLimit }) { self.gaps += 1 }
    }
}
