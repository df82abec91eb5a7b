import EtcdClient
import EtcdServer
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import DisplayChannel

/// The follower, the sender, the reporter and the fleet against a store that comes and goes.
@Suite(.serialized) struct FollowerTests {
    static let display = DisplayID.named("hall-1")
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(.timeLimit(.minutes(2))) func `state arrives, and a command runs once`() async throws {
        try await Self.withStore { store, client in
            try await Self.withFollower(client) { heard in
                _ = try await client.put(DisplayKey.topic(.settings, of: Self.display), #"{"interval_time":7}"#)
                try await eventually("the settings") { heard.state.settings?.settings.intervalTime == 7 }
                let id = try await CommandSender(client: client).send(.changePhoto(.forward), to: Self.display)
                try await eventually("the command") { heard.commands.contains { $0.revision == id } }
                #expect(heard.commands.map(\.revision) == [id])
                try await eventually("the revision being reported") { heard.received >= id }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `nothing is lost while the store is away, and expired commands do not run`()
        async throws
    {
        try await Self.withStore { store, client in
            try await Self.withFollower(client) { heard in
                _ = try await client.put(DisplayKey.topic(.powerState, of: Self.display), #""on""#)
                try await eventually("the first state") { heard.state.power == .on }
                try await store.stop()
                try await store.start()
                let other = EtcdClient(store.configuration, logger: Self.logger)
                let running = Task { try await other.run() }
                for value in 1...20 {
                    _ = try await other.put(
                        DisplayKey.topic(.settings, of: Self.display), Value(#"{"interval_time":\#(value)}"#))
                }
                // A command whose lease has ended by the time the display hears of it.
                let sender = CommandSender(client: other)
                let id = try await sender.send(.reboot, to: Self.display)
                _ = try await other.delete(.key(DisplayKey.topic(.reboot, of: Self.display)))
                let last = try await other.put(DisplayKey.topic(.powerState, of: Self.display), #""on""#)
                try await eventually("the newest state", within: .seconds(30)) {
                    heard.state.settings?.settings.intervalTime == 20
                }
                try await eventually("everything being processed") { heard.received >= last.revision.rawValue }
                // Live, it ran; replayed, it must not have. Either way never twice.
                #expect(heard.commands.filter { $0.revision == id }.count <= 1)
                running.cancel()
                _ = await running.result
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a display that was restarted knows its state and repeats no command`()
        async throws
    {
        try await Self.withStore { _, client in
            let memory = VolatileChannelMemory()
            var id: Int64 = 0
            try await Self.withFollower(client, memory: memory) { heard in
                _ = try await client.put(DisplayKey.topic(.settings, of: Self.display), #"{"name":"Hall"}"#)
                id = try await CommandSender(client: client).send(.identify(seconds: 3), to: Self.display)
                try await eventually("the command") { heard.commands.count == 1 }
            }
            let later = try await CommandSender(client: client).send(.changePhoto(.back), to: Self.display)
            try await Self.withFollower(client, memory: memory) { heard in
                #expect(heard.state.settings?.settings.name == "Hall" || heard.state.settings == nil)
                try await eventually("what came meanwhile") { heard.commands.map(\.revision) == [later] }
                #expect(heard.state.settings?.settings.name == "Hall")
                #expect(later > id)
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a store that was wiped makes no display deaf and runs no old command`()
        async throws
    {
        try await Self.withStore { store, client in
            try await Self.withFollower(client) { heard in
                for value in 1...10 {
                    _ = try await client.put(
                        DisplayKey.topic(.settings, of: Self.display), Value(#"{"interval_time":\#(value)}"#))
                }
                try await eventually("the state") { heard.state.settings?.settings.intervalTime == 10 }
                try await store.stop()
                try store.wipe()
                try await store.start()
                try await eventually("the new store answering", within: .seconds(30)) {
                    _ = try await client.put(DisplayKey.topic(.powerState, of: Self.display), #""off""#)
                    return true
                }
                try await eventually("the new store's state", within: .seconds(30)) { heard.state.power == .off }
                #expect(heard.state.settings?.settings.intervalTime == 10)
                let id = try await CommandSender(client: client).send(.changePhoto(.forward), to: Self.display)
                try await eventually("a new command") { heard.commands.map(\.revision) == [id] }
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a store that was set back and has passed the known revision again loses no change and runs no old command`()
        async throws
    {
        try await Self.withStore { store, client in
            try await FaultProxy.with(targetPort: store.port) { proxy in
                let far = EtcdClient(try .init(endpoints: proxy.endpoint), logger: Self.logger)
                try await Self.withFollower(far) { heard in
                    try await Self.put(1, client)
                    _ = try await client.put(DisplayKey.topic(.reboot, of: Self.display), #""now""#)
                    try await eventually("the command") { heard.commands.count == 1 }
                    try await store.keepCopy()
                    for value in 2...9 { try await Self.put(value, client) }
                    try await eventually("the newest state") { heard.state.settings?.settings.intervalTime == 9 }

                    // Set back, changed at a revision that the display has passed, and past it again: the display hears of
                    // it afterwards.
                    let other = try await Self.setBack(store, behind: proxy, to: 42)
                    try await eventually("the change in the new history", within: .seconds(30)) {
                        heard.state.settings?.settings.intervalTime == 42
                    }
                    let id = try await CommandSender(client: other).send(.changePhoto(.forward), to: Self.display)
                    try await eventually("a new command") { heard.commands.last?.revision == id }
                    #expect(heard.commands.count == 2)
                    await other.close()
                }
                await far.close()
            }
        }
    }

    /// Set back while the display is still at work on its snapshot, so that no watch had been answered until then if
    /// watching came after reading.
    @Test(.timeLimit(.minutes(2))) func `a store that was set back behind a snapshot loses no change`() async throws {
        try await Self.withStore { store, client in
            try await FaultProxy.with(targetPort: store.port) { proxy in
                try await Self.put(1, client)
                try await store.keepCopy()
                try await eventually("the store being back", within: .seconds(30)) {
                    try await Self.put(9, client)
                    return true
                }

                let far = EtcdClient(try .init(endpoints: proxy.endpoint), logger: Self.logger)
                let heard = Heard()
                let isSetBack = Shared(false)
                let follower = DisplayFollower(
                    display: Self.display, client: far, store: VolatileChannelMemory(), logger: Self.logger)
                let following = Task {
                    try await follower.run { event in
                        heard.take(event)
                        while !isSetBack.get() { try? await Task.sleep(for: .milliseconds(5)) }
                    }
                }
                try await eventually("the snapshot") { heard.state.settings?.settings.intervalTime == 9 }
                let other = try await Self.setBack(store, behind: proxy, to: 42)
                isSetBack.set(true)
                try await eventually("the change in the new history", within: .seconds(30)) {
                    heard.state.settings?.settings.intervalTime == 42
                }
                following.cancel()
                _ = await following.result
                await other.close()
                await far.close()
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func `presence is the reporter's lease, and the fleet sees it come and go`()
        async throws
    {
        try await Self.withStore { store, client in
            let fleet = FleetFollower(client: client, logger: Self.logger)
            let following = Task { try await fleet.run() }
            let reporter = StatusReporter(display: Self.display, client: client, logger: Self.logger)
            let reporting = Task { try await reporter.run() }
            try await eventually("the display being present") { fleet.current[Self.display] != nil }
            var status = DisplayStatus()
            status.showing = "a.jpg"
            status.appliedRevision = 3
            reporter.report(status)
            try await eventually("the report") { fleet.current[Self.display]?.showing == "a.jpg" }

            try await store.stop()
            try await eventually("the fleet being away", within: .seconds(30)) { !fleet.isConnected }
            status.showing = "b.jpg"
            reporter.report(status)
            try await store.start()
            try await eventually("the newest report", within: .seconds(40)) {
                fleet.isConnected && fleet.current[Self.display]?.showing == "b.jpg"
            }

            reporting.cancel()
            _ = await reporting.result
            try await eventually("the display leaving at once", within: .seconds(5)) {
                fleet.current[Self.display] == nil
            }
            following.cancel()
            _ = await following.result
        }
    }

    // MARK: Fixtures

    /// A store of one's own that a test may stop, start and wipe.
    final class TestStore: Sendable {
        let folder: String
        let port: Int
        let configuration: EtcdClient.Configuration
        private let running = Mutex<Task<Void, any Error>?>(nil)

        init(folder: String) throws {
            self.folder = folder
            self.port = try FreePort.next()
            self.configuration = EtcdClient.Configuration(
                endpoints: [try EtcdClient.Endpoint("http://127.0.0.1:\(self.port)")])
        }

        func start() async throws {
            let server = try EtcdServer(
                configuration: .init(dataDirectory: "\(self.folder)/store", host: "127.0.0.1", port: self.port),
                logger: FollowerTests.logger)
            self.running.withLock { $0 = Task { try await server.run() } }
            _ = try await server.listeningAddress
        }

        func stop() async throws {
            let task = self.running.withLock { running in
                defer { running = nil }
                return running
            }
            task?.cancel()
            _ = await task?.result
        }

        /// Keeps a copy of the data as they are now; the store is down meanwhile.
        func keepCopy() async throws {
            try await self.stop()
            try FileManager.default.copyItem(atPath: "\(self.folder)/store", toPath: "\(self.folder)/copy")
            try await self.start()
        }

        /// Puts the copy in the place of the data: the same cluster at an older revision.
        func setBack() async throws {
            try await self.stop()
            try self.wipe()
            try FileManager.default.copyItem(atPath: "\(self.folder)/copy", toPath: "\(self.folder)/store")
            try await self.start()
        }

        func wipe() throws { try FileManager.default.removeItem(atPath: "\(self.folder)/store") }
    }

    /// Writes the display's interval.
    static func put(_ interval: Int, _ client: EtcdClient) async throws {
        let json = Value(#"{"interval_time":\#(interval)}"#)
        _ = try await client.put(DisplayKey.topic(.settings, of: Self.display), json)
    }

    /// Sets the store back to its copy, writes an interval, and passes the revisions that were there before; whoever
    /// comes over the proxy hears of it afterwards.
    ///
    /// - Returns: A client of the store, to be closed.
    static func setBack(_ store: TestStore, behind proxy: FaultProxy, to interval: Int) async throws -> EtcdClient {
        try await proxy.refuse()
        try await store.setBack()
        let other = EtcdClient(store.configuration, logger: Self.logger)
        try await Self.put(interval, other)
        for value in 1...50 { _ = try await other.put("/elsewhere", Value("\(value)")) }
        try await proxy.resume()
        return other
    }

    static func withStore(_ body: (TestStore, EtcdClient) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = try TestStore(folder: folder)
            try await store.start()
            let client = EtcdClient(store.configuration, logger: Self.logger)
            let running = Task { try await client.run() }
            do {
                try await body(store, client)
            } catch {
                running.cancel()
                _ = await running.result
                try await store.stop()
                throw error
            }
            running.cancel()
            _ = await running.result
            try await store.stop()
        }
    }

    /// What a follower handed out.
    final class Heard: Sendable {
        private struct Log {
            var state = DisplayState()
            var commands: [(command: DisplayCommand, revision: Int64)] = []
            var received: Int64 = 0
        }
        private let log = Mutex(Log())

        var state: DisplayState { self.log.withLock { $0.state } }
        var commands: [(command: DisplayCommand, revision: Int64)] { self.log.withLock { $0.commands } }
        var received: Int64 { self.log.withLock { $0.received } }

        func take(_ event: ChannelEvent) {
            self.log.withLock { log in
                switch event {
                case .state(let state, _, _): log.state = state
                case .command(let command, let revision): log.commands.append((command, revision))
                case .received(let revision): log.received = revision
                case .skipped, .away, .back: break
                }
            }
        }
    }

    static func withFollower(
        _ client: EtcdClient, memory: VolatileChannelMemory = VolatileChannelMemory(),
        _ body: (Heard) async throws -> Void
    ) async throws {
        let heard = Heard()
        let follower = DisplayFollower(display: Self.display, client: client, store: memory, logger: Self.logger)
        let following = Task { try await follower.run { heard.take($0) } }
        // Commands that lie in a display's very first snapshot are skipped: wait until it has been taken.
        try await eventually("the first snapshot", within: .seconds(20)) { memory.load().cluster != nil }
        do {
            try await body(heard)
        } catch {
            following.cancel()
            _ = await following.result
            throw error
        }
        following.cancel()
        _ = await following.result
    }
}

extension DisplayID {
    /// An id that is known to be well-formed.
    fileprivate static func named(_ text: String) -> DisplayID {
        guard let id = DisplayID(text) else { preconditionFailure("\(text) is no display id") }
        return id
    }
}
