import Crypto
import DisplayChannel
import Foundation
import PhotoViewer
import Slideshow
import Synchronization

/// The server and mediator of a test, in memory: what they have, whether they answer, and what they were asked.
final class FakeHouse: PhotoService, Sendable {
    struct State: Sendable {
        var isServerAway = false
        var isApproved = true
        /// What the server makes of tokens and registrations of this display.
        var isRevoked = false
        var refusesToken = false
        /// Whether the next registration is told that the display was removed for good.
        var isGone = false
        var playlists: [String: [UInt8]] = [:]
        var photos: [PhotoContent: [UInt8]] = [:]
        var downloads: [PhotoContent] = []
        var registrations: [DisplayID] = []
        var oneTimeTokens: [String?] = []
        /// How quickly photos arrive; nil at once.
        var bytesPerSecond: Double?
        var screens: [String: [UInt8]] = [:]
        var tokensMade = 0
        /// How far the server's clock is ahead.
        var clockOffset: Duration = .zero
        /// The addresses that the display was told to use.
        var servers: [String] = []
        /// The code that a waiting display is given.
        var code: String?
        /// What a search of the network finds.
        var announced: String?
        var links: [FakeLink] = []
    }

    let state = Mutex(State())

    func change(_ body: (inout State) -> Void) { self.state.withLock { body(&$0) } }
    func ask<Value>(_ body: (State) -> Value) -> Value { self.state.withLock { body($0) } }

    // MARK: What the server has

    /// Lists photos in a playlist, and has them.
    ///
    /// Names that begin with `p` are of portraits.
    func addPlaylist(
        _ names: [String], date: String = "2020-02-02T02:02:02", withPhotos: Bool = true
    ) -> PlaylistReference {
        let photos = names.map { name in
            let size = name.hasPrefix("p") ? #""height":1080,"width":720"# : #""height":720,"width":1080"#
            return #"{"date":"\#(date)",\#(size),"name":"\#(name)","rendition":"\#(Self.rendition(name))"}"#
        }
        let document = Array(#"{"photos":[\#(photos.joined(separator: ","))],"version":1}"#.utf8)
        let sha256 = Self.hex(SHA256.hash(data: document))
        self.change { $0.playlists[sha256] = document }
        if withPhotos { self.addPhotos(names) }
        return PlaylistReference(sha256: sha256, count: names.count)
    }

    func addPhotos(_ names: [String], padding: Int = 0) {
        self.change { state in
            for name in names {
                state.photos[.rendition(Self.rendition(name))] =
                    Array("photo \(name)".utf8) + [UInt8](repeating: 0, count: padding)
            }
        }
    }

    static func rendition(_ name: String) -> String { Self.hex(SHA256.hash(data: Data(name.utf8))) }
    private static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    // MARK: PhotoService

    func time() async throws(ViewerError) -> Duration {
        try self.answering()
        return Moment.current().wall + self.ask { $0.clockOffset }
    }
    func use(server: String) { self.change { $0.servers.append(server) } }

    func register(_ registration: Registration) async throws(ViewerError) -> RegistrationAnswer {
        try self.answering()
        let wasGone = self.state.withLock { state in
            defer { state.isGone = false }
            if state.isGone { state.registrations.append(registration.id) }
            return state.isGone
        }
        if wasGone { throw ViewerError(.gone, "removed") }
        return self.state.withLock { state in
            state.registrations.append(registration.id)
            state.oneTimeTokens.append(registration.token)
            state.isRevoked = false
            return Self.answer(&state, registration.id)
        }
    }

    func awaitApproval(_ registration: String, secret: String) async throws(ViewerError) -> RegistrationAnswer {
        try self.answering()
        for _ in 0..<50 where !self.ask({ $0.isApproved || $0.isRevoked }) {
            try? await Task.sleep(for: .milliseconds(10))
        }
        guard !self.ask({ $0.isRevoked }), let id = DisplayID(registration) else {
            throw ViewerError(.notFound, "unknown")
        }
        return self.state.withLock { Self.answer(&$0, id) }
    }

    private static func answer(_ state: inout State, _ id: DisplayID) -> RegistrationAnswer {
        guard state.isApproved else {
            return .pending(
                .init(
                    registration: id.text, code: state.code,
                    page: state.code.map { "http://house.test:8080/pair?code=\($0)" }))
        }
        state.tokensMade += 1
        state.refusesToken = false
        return .approved(
            Credentials(
                token: "token-\(state.tokensMade)", etcd: .init(endpoints: ["http://127.0.0.1:1"]),
                display: .init(id: id, name: "Hall")))
    }

    func playlist(_ sha256: String, token: String) async throws(ViewerError) -> [UInt8] {
        try self.answering(to: token)
        guard let bytes = self.ask({ $0.playlists[sha256] }) else { throw ViewerError(.notFound, "no playlist") }
        return bytes
    }

    func download(_ content: PhotoContent, token: String, to path: String) async throws(ViewerError) {
        try self.answering(to: token)
        guard let bytes = self.ask({ $0.photos[content] }) else { throw ViewerError(.notFound, "no photo") }
        if let pace = self.ask({ $0.bytesPerSecond }) {
            do {
                try await Task.sleep(for: .seconds(Double(bytes.count) / pace))
            } catch {
                throw ViewerError(.unreachable, "cancelled")
            }
            try self.answering(to: token)
        }
        // Through whatever is at the path, as a download writes.
        guard let file = fopen(path, "w") else { throw ViewerError(.storage, "cannot write \(path)") }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw ViewerError(.storage, "cannot write \(path)") }
        self.change { $0.downloads.append(content) }
    }

    func answers() async -> Bool { !self.ask { $0.isServerAway } }

    func send(screen jpeg: [UInt8], request: String, token: String) async throws(ViewerError) {
        try self.answering(to: token)
        self.change { $0.screens[request] = jpeg }
    }

    private func answering(to token: String? = nil) throws(ViewerError) {
        let (isAway, isRefused) = self.ask { ($0.isServerAway, $0.isRevoked || $0.refusesToken) }
        if isAway { throw ViewerError(.unreachable, "the server is away") }
        if token != nil, isRefused { throw ViewerError(.unauthorized, "401") }
    }
}

/// A line to a mediator whose words are put into its mouth.
final class FakeLink: DisplayLink, Sendable {
    private let stream: AsyncStream<ChannelEvent>
    private let source: AsyncStream<ChannelEvent>.Continuation
    private let reported = Mutex((status: DisplayStatus(), count: 0))
    private let memory = Mutex(ChannelMemory())
    private let store: FileChannelMemory

    init(_ folder: ViewerFolder) {
        (self.stream, self.source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
        self.store = FileChannelMemory(folder)
        self.memory.withLock { $0 = self.store.load() }
    }

    var status: DisplayStatus { self.reported.withLock { $0.status } }
    var reportCount: Int { self.reported.withLock { $0.count } }

    func report(_ status: DisplayStatus) {
        self.reported.withLock { $0 = (status, $0.count + 1) }
    }

    func flush(within limit: Duration) async {}

    func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.store.run() }
            for await event in self.stream {
                await handle(event)
                if case .state(let state, _, _) = event {
                    var memory = ChannelMemory()
                    memory.state = state
                    try self.store.save(memory)
                }
            }
            throw CancellationError()
        }
    }

    /// Says that these topics have these values since `revision`.
    func say(_ topics: [Topic: [UInt8]], revision: Int64) {
        let state = self.memory.withLock { memory in
            for (topic, json) in topics { memory.state.set(topic, json: json, revision: revision) }
            return memory.state
        }
        self.source.yield(.state(state, changed: Set(topics.keys), revision: revision))
        self.source.yield(.received(revision: revision))
    }

    func command(_ command: DisplayCommand, revision: Int64) {
        self.source.yield(.command(command, revision: revision))
    }
}
