import DisplayChannel
import Foundation
import Logging

/// Many displays without screens in one process: for load tests of servers, and for looking at a wall full of them.
package struct SimulatedFleet: Sendable {
    package struct Configuration: Sendable {
        package var displays: Int
        /// The server's one-time token, renewed for each display; without it each display waits to be admitted.
        package var tokenFile: String?
        /// Keeps identities and credentials over a restart, and room for photos; nil starts with strangers.
        package var folder: String?
        /// How many displays begin a second.
        package var startsPerSecond: Double
        package var fetchesPhotos: Bool
        /// The answer to a request for a picture of the screen.
        package var picture: [UInt8]

        package init(
            displays: Int, tokenFile: String? = nil, folder: String? = nil, startsPerSecond: Double = 50,
            fetchesPhotos: Bool = false, picture: [UInt8] = []
        ) {
            self.displays = displays
            self.tokenFile = tokenFile
            self.folder = folder
            self.startsPerSecond = startsPerSecond
            self.fetchesPhotos = fetchesPhotos
            self.picture = picture
        }
    }

    package typealias LinkMaker = @Sendable (Credentials, any ChannelMemoryStore) throws(ViewerError) -> any DisplayLink

    private struct Member: Codable, Sendable {
        var identity: DisplayIdentity
        var credentials: Credentials?
    }

    private let configuration: Configuration
    private let service: any PhotoService
    private let makeLink: LinkMaker
    private let logger: Logger
    private let counts = SimulationCounts()

    package init(
        _ configuration: Configuration, service: any PhotoService, makeLink: @escaping LinkMaker, logger: Logger
    ) {
        self.configuration = configuration
        self.service = service
        self.makeLink = makeLink
        self.logger = logger
    }

    package var summary: SimulationSummary { self.counts.summary }

    /// Lets displays in and keeps them alive until cancelled.
    ///
    /// - Throws: `CancellationError`, or ``ViewerError``: the folder cannot be used.
    package func run() async throws {
        self.counts.change { $0.displays = self.configuration.displays }
        let shelf = PlaylistShelf(service: self.service)
        var members = self.keptMembers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for number in 0..<self.configuration.displays {
                var member = try members.indices.contains(number) ? members[number] : Self.stranger()
                let started = ContinuousClock.now
                if member.credentials == nil {
                    member.credentials = try await self.admit(member.identity, number: number)
                    if members.indices.contains(number) { members[number] = member } else { members.append(member) }
                    if number % 50 == 49 { try self.keep(members) }
                }
                self.counts.change { $0.admitted += 1 }
                if let credentials = member.credentials {
                    group.addTask { try await self.live(credentials, shelf) }
                }
                let rest = .seconds(1 / self.configuration.startsPerSecond) - started.duration(to: .now)
                if rest > .zero { try await Task.sleep(for: rest) }
            }
            try self.keep(members)
            try await group.waitForAll()
        }
    }

    /// One display, with a new line whenever the old one broke off.
    private func live(_ credentials: Credentials, _ shelf: PlaylistShelf) async throws {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        let store = VolatileChannelMemory()
        while true {
            try Task.checkCancellation()
            do {
                let display = SimulatedDisplay(
                    credentials: credentials, link: try self.makeLink(credentials, store), service: self.service,
                    shelf: shelf, counts: self.counts, scratch: self.configuration.fetchesPhotos ? self.scratch : nil,
                    picture: self.configuration.picture, logger: self.logger)
                try await display.run()
            } catch {
                try Task.checkCancellation()
                self.counts.change { $0.failures += 1 }
                self.logger.warning(
                    "a display broke off", metadata: ["display": "\(credentials.display.id)", "error": "\(error)"])
            }
            try await Task.sleep(for: pace.next())
        }
    }

    private func admit(_ identity: DisplayIdentity, number: Int) async throws -> Credentials {
        var pace = Backoff(shortest: .milliseconds(100), longest: .seconds(5))
        let digits = String(number + 1)
        let name = "Simulated \(String(repeating: "0", count: max(4 - digits.count, 0)))\(digits)"
        while true {
            try Task.checkCancellation()
            do throws(ViewerError) {
                let token = self.configuration.tokenFile.flatMap { OneTimeToken.read($0) }
                let answer = try await self.service.register(
                    Registration(
                        id: identity.id, secret: identity.secret, name: name, width: 1920, height: 1080, token: token))
                switch answer {
                case .approved(let credentials): return credentials
                case .pending(let pending):
                    self.logger.notice(
                        "a display waits to be admitted",
                        metadata: ["display": "\(identity.id)", "code": "\(pending.code ?? "none")"])
                    let asked = try await self.service.awaitApproval(pending.registration, secret: identity.secret)
                    if case .approved(let credentials) = asked { return credentials }
                }
            } catch {
                self.counts.change { $0.failures += 1 }
                self.logger.warning("a display is not admitted", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: pace.next())
        }
    }

    private static func stranger() throws(ViewerError) -> Member {
        guard let identity = DisplayIdentity.random() else {
            throw ViewerError(.storage, "cannot make up an identity")
        }
        return Member(identity: identity)
    }

    private var scratch: String? { self.configuration.folder ?? FileManager.default.temporaryDirectory.path() }

    private var file: String? { self.configuration.folder.map { "\($0)/fleet.json" } }

    /// Those of an earlier run; a file that cannot be read counts as none.
    private func keptMembers() -> [Member] {
        guard let file, let data = FileManager.default.contents(atPath: file) else { return [] }
        do {
            return try JSONDecoder().decode([Member].self, from: data)
        } catch {
            self.logger.warning("the kept fleet cannot be read", metadata: ["file": "\(file)", "error": "\(error)"])
            return []
        }
    }

    private func keep(_ members: [Member]) throws(ViewerError) {
        guard let file, let folder = self.configuration.folder else { return }
        let data: Data
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            data = try JSONEncoder().encode(members)
        } catch {
            throw ViewerError(.storage, "cannot use the folder \(folder): \(error.localizedDescription)")
        }
        try AtomicFile.write(Array(data), to: file, permissions: 0o600)
    }
}
