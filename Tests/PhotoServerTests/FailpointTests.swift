import DisplayChannel
import EtcdClient
import Foundation
import Glibc
import PhotoLibrary
import Renditions
import TestSupport
import Testing

@testable import PhotoServer

/// Killed (SIGKILL) at every named point between the first byte of a photo and the album that displays play it from.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FailpointTests {
    /// Where the process kills itself.
    enum Point: Codable, Sendable, CustomTestStringConvertible {
        /// A few bytes of the upload have arrived.
        case receiving
        /// A step of taking the photo in.
        case ingest(String)
        /// A step of publishing the display that shows the album.
        case publish(String)
        /// The rendition for the display is cut.
        case rendered

        var testDescription: String {
            switch self {
            case .receiving: "receiving"
            case .ingest(let step): "ingest: \(step)"
            case .publish(let step): "publish: \(step)"
            case .rendered: "rendered"
            }
        }

        static let all: [Point] =
            [.receiving] + IngestStep.allCases.map { .ingest($0.rawValue) }
            + Self.publishing.map { .publish($0.rawValue) } + [.rendered]

        private static let publishing: [ServerStep] = [.publishRead, .publishPut, .publishTold, .publishMarked]

        /// Whether the photo is in the library after it.
        var isCommitted: Bool {
            switch self {
            case .receiving: false
            case .ingest(let step): [IngestStep.committed, .finished].map(\.rawValue).contains(step)
            case .publish, .rendered: true
            }
        }
    }

    private static func die() { kill(getpid(), SIGKILL) }

    private static func open(
        _ folder: String, observing: @escaping @Sendable (IngestStep) -> Void = { _ in }
    ) async throws -> PhotoLibrary {
        try await PhotoLibrary(
            directory: "\(folder)/data",
            renditions: RenditionPool(worker: .init(executable: try BuiltProgram.photoserver)),
            observingIngest: observing, logger: quietLogger)
    }

    /// Runs a publisher until the mediator has everything.
    private static func publish(
        _ library: PhotoLibrary, _ folder: String, _ endpoint: String,
        observing: @escaping @Sendable (ServerStep) -> Void = { _ in }
    ) async throws {
        let client = EtcdClient(try EtcdClient.Configuration(endpoints: endpoint))
        let logins = try DisplayLogins(
            users: MediatorUsers(client: client, credentials: nil), dataDirectory: "\(folder)/data", logger: quietLogger
        )
        let publisher = Publisher(
            library: library, store: DisplayStateStore(client: client, logins: logins), observe: observing,
            logger: quietLogger
        ) { _ in }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run() }
            try await eventually("everything being published") { try await library.displaysToPublish().isEmpty }
            group.cancelAll()
        }
        await client.close()
    }

    /// What the process does that is killed: upload, album, publication, rendition.
    static func work(_ folder: String, _ endpoint: String, until point: Point) async throws {
        let library = try await Self.open(folder) { step in
            if case .ingest(step.rawValue) = point { Self.die() }
        }
        let album = try #require(try await library.album(named: "Shown")).id
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/photo.jpg"))
        let chunks = AsyncStream<Data> { continuation in
            continuation.yield(bytes.prefix(100))
            continuation.yield(Data())
            continuation.yield(bytes.dropFirst(100))
            continuation.finish()
        }.map { chunk in
            if chunk.isEmpty, case .receiving = point { Self.die() }
            return chunk
        }
        let photo = try await library.ingest(chunks, filename: "photo.jpg", into: album).photo
        try await Self.publish(library, folder, endpoint) { step in
            if case .publish(step.rawValue) = point { Self.die() }
        }
        let publication = try #require(try await library.publication(for: "hall"))
        _ = try await library.renditionFile(publication.playlist.renditions[0])
        if case .rendered = point { Self.die() }
        Issue.record("\(point) was never reached; \(photo.name) is published")
    }

    @Test(arguments: Point.all)
    func `what was killed is whole or not there after the next start, and the check finds nothing`(point: Point)
        async throws
    {
        try await withTemporaryFolder { folder in
            let store = try ChildProcess(
                BuiltProgram.store, ["--data", "\(folder)/store", "--listen", "127.0.0.1:0"], log: "\(folder)/store.log"
            )
            defer { store.kill() }
            let endpoint: String = try await eventually("the store listening") {
                store.output.firstMatch(of: /listening on (\S+)/).map { "http://\($0.1)" }
            }
            try TestPhoto.make("\(folder)/photo.jpg", width: 300, height: 200, seed: 7)
            let library = try await Self.open(folder)
            let album = try await library.createAlbum(named: "Shown").id
            _ = try await library.admitDisplay(
                NewDisplay(id: "hall", name: "Hall", secretHash: "hash", width: 640, height: 360))
            _ = try await library.updateDisplay("hall") { $0.albumID = album }
            try await Self.publish(library, folder, endpoint)
            try library.close()

            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, endpoint = endpoint as String, point = point as Point] in
                try await Self.work(folder, endpoint, until: point)
            }

            let after = try await Self.open(folder)
            defer { try? after.close() }
            let report = try await after.check(readsAll: true)
            #expect(report.isSound, "\(report)")
            #expect(try await after.photoCount() == (point.isCommitted ? 1 : 0))
            #expect(try await after.album(album)?.photoCount == (point.isCommitted ? 1 : 0))
            let incoming = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/data/incoming")
            #expect(incoming.filter { !$0.hasSuffix(".part") } == [], "a worker may still be writing its own")

            // Whoever brings it again has it once; and what the mediator holds is what the database says.
            _ = try await after.ingest(file: "\(folder)/photo.jpg", into: album)
            #expect(try await after.photoCount() == 1)
            try await Self.publish(after, folder, endpoint)
            #expect(try await after.displaysToPublish() == [])
            let client = EtcdClient(try EtcdClient.Configuration(endpoints: endpoint))
            let pairs = try await client.range(DisplayKey.topics(of: try #require(DisplayID("hall")))).keyValues
            await client.close()
            #expect(pairs.first { $0.key.string == "/hall:images" }?.value.string == #"["photo.jpg"]"#)
            let publication = try #require(try await after.publication(for: "hall"))
            _ = try await after.renditionFile(publication.playlist.renditions[0])
            let last = try await after.check(readsAll: true)
            #expect(last.isSound, "\(last)")
        }
    }
}
