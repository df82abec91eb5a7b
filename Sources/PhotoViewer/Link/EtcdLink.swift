import DisplayChannel
import EtcdClient
import Foundation
import Logging
import Synchronization

/// The line to an etcd-compatible mediator.
package final class EtcdLink: DisplayLink {
    private let client: EtcdClient
    private let follower: DisplayFollower
    private let reporter: StatusReporter
    private let store: any ChannelMemoryStore
    private let connection: Connection

    /// Whether the watch is heard; nil before it ever was.
    private final class Connection: Sendable {
        let isHeard = Mutex<Bool?>(nil)
        let changed = Signal()

        func note(_ isHeard: Bool) {
            self.isHeard.withLock { $0 = isHeard }
            self.changed.raise()
        }
    }

    /// Connects to nothing yet.
    ///
    /// - Parameter certificateFile: Where to keep the certificates to trust, if the server named some.
    /// - Throws: ``ViewerError`` when the endpoints make no sense or the CA cannot be kept.
    package init(
        credentials: Credentials, store: any ChannelMemoryStore, certificateFile: String, logger: Logger
    ) throws(ViewerError) {
        self.client = EtcdClient(try Self.configuration(credentials, certificateFile: certificateFile), logger: logger)
        let connection = Connection()
        self.connection = connection
        self.follower = DisplayFollower(
            display: credentials.display.id, client: self.client, store: store,
            onConnection: { connection.note($0) }, logger: logger)
        self.store = store
        self.reporter = StatusReporter(display: credentials.display.id, client: self.client, logger: logger)
    }

    /// Reads the display's keys once and forgets them.
    ///
    /// - Returns: The store's revision.
    /// - Throws: ``ViewerError``, or `EtcdError`: why the keys cannot be read.
    static func probe(_ credentials: Credentials, folder: ViewerFolder, logger: Logger) async throws -> Revision {
        let client = EtcdClient(
            try Self.configuration(credentials, certificateFile: folder.etcdCertificateFile), logger: logger)
        do {
            let keys = try await client.range(DisplayKey.topics(of: credentials.display.id))
            await client.close()
            return keys.revision
        } catch {
            await client.close()
            throw error
        }
    }

    /// Whether the display's keys can be read now.
    static func answers(_ credentials: Credentials, certificateFile: String, logger: Logger) async -> Bool {
        do {
            let client = EtcdClient(
                try self.configuration(credentials, certificateFile: certificateFile), logger: logger)
            let keys = DisplayKey.topics(of: credentials.display.id)
            let answers = await withTaskGroup(of: Bool.self) { group in
                group.addTask { (try? await client.range(keys)) != nil }
                group.addTask {
                    try? await Task.sleep(for: .seconds(3))  // throws only when cancelled
                    return false
                }
                defer { group.cancelAll() }
                return await group.next() ?? false
            }
            await client.close()
            return answers
        } catch {
            return false
        }
    }

    private static func configuration(
        _ credentials: Credentials, certificateFile: String
    ) throws(ViewerError) -> EtcdClient.Configuration {
        var configuration: EtcdClient.Configuration
        do {
            configuration = try .init(endpoints: credentials.etcd.endpoints.joined(separator: ","))
        } catch {
            throw ViewerError(.unintelligible, "the server's etcd endpoints make no sense: \(error)")
        }
        // Displays are many, and write seldom: one connection each.
        configuration.balancing = .failover
        if let ca = credentials.etcd.ca {
            // A disk that takes no more notes may have it already.
            if FileManager.default.contents(atPath: certificateFile) != Data(ca.utf8) {
                try AtomicFile.write(Array(ca.utf8), to: certificateFile, permissions: 0o600)
            }
            configuration.tls = .init(caFile: certificateFile)
        }
        if let user = credentials.etcd.user, let password = credentials.etcd.password {
            configuration.credentials = .init(user: user, password: password)
        }
        return configuration
    }

    package func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.follower.run(handle) }
                group.addTask { try await self.reporter.run() }
                group.addTask { await self.store.run() }
                group.addTask { await self.tellConnection(handle) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await self.client.close()
            throw error
        }
        await self.client.close()
    }

    /// A watch goes on by itself after an interruption; this is for those who want to know of it.
    private func tellConnection(_ handle: @Sendable (ChannelEvent) async -> Void) async {
        var wasHeard = true
        while !Task.isCancelled {
            await self.connection.changed.wait()
            guard let isHeard = self.connection.isHeard.withLock({ $0 }), isHeard != wasHeard else { continue }
            wasHeard = isHeard
            await handle(isHeard ? .back : .away(reason: "the connection was lost"))
        }
    }

    package func report(_ status: DisplayStatus) { self.reporter.report(status) }
    package func flush(within limit: Duration) async { await self.reporter.flush(within: limit) }
}
