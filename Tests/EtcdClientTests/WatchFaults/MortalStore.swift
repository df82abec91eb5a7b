import EtcdClient
import EtcdServer
import Logging
import Synchronization
import TestSupport

/// A store that a fault run can kill and start again on the same data and the same port.
final class MortalStore: Sendable {
    /// What the store is, cheapest first.
    enum Kind: String, CaseIterable, Sendable {
        /// In the test's own process. Its death is sudden for clients, whose connections are cut first.
        case embedded
        /// The same store as a process, ended by SIGKILL.
        case process
        case etcd34
        case etcd35
    }

    private enum Life {
        case none
        case task(Task<Void, any Error>)
        case process(ChildProcess)
        case etcd(EtcdProcess)
    }

    let port: Int
    let kind: Kind
    private let folder: String
    private let life = Mutex(Life.none)

    private init(_ kind: Kind, folder: String, port: Int) {
        self.kind = kind
        self.folder = folder
        self.port = port
    }

    static func with<Result: Sendable>(
        _ kind: Kind, _ body: (MortalStore) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let store: MortalStore
            switch kind {
            case .embedded, .process:
                store = MortalStore(kind, folder: folder, port: try FreePort.next())
                try await store.start()
            case .etcd34, .etcd35:
                var options = EtcdProcess.Options()
                options.release = kind == .etcd34 ? .v3_4 : .v3_5
                let etcd = try await EtcdProcess(folder: folder, options: options)
                store = MortalStore(kind, folder: folder, port: etcd.port)
                store.life.withLock { $0 = .etcd(etcd) }
            }
            do {
                let result = try await body(store)
                await store.kill()
                return result
            } catch {
                await store.kill()
                throw error
            }
        }
    }

    /// Starts it again, and waits until it serves.
    func start() async throws {
        switch self.kind {
        case .embedded:
            let server = try EtcdServer(
                configuration: .init(dataDirectory: "\(self.folder)/store", host: "127.0.0.1", port: self.port),
                logger: .quiet)
            self.life.withLock { $0 = .task(Task { try await server.run() }) }
            _ = try await server.listeningAddress
        case .process:
            let process = try ChildProcess(
                BuiltProgram.store, ["--data", "\(self.folder)/store", "--listen", "127.0.0.1:\(self.port)"],
                log: "\(self.folder)/store.log")
            self.life.withLock { $0 = .process(process) }
            let endpoint = EtcdClient.Endpoint(host: "127.0.0.1", port: self.port)
            try await eventually("the store serving; it printed:\n\(process.output)", within: .seconds(60)) {
                try await withClient(endpoint) { _ = try await $0.get("ready") }
                return true
            }
        case .etcd34, .etcd35:
            guard case .etcd(let etcd) = self.life.withLock({ $0 }) else { return }
            try await etcd.start()
        }
    }

    func kill() async {
        switch self.life.withLock({ $0 }) {
        case .none: break
        case .task(let task):
            task.cancel()
            _ = await task.result
        case .process(let process): process.kill()
        case .etcd(let etcd): etcd.kill()
        }
    }
}
