import EtcdServer
import Foundation
import Logging
import TestSupport

/// Lends a running embedded store on a free port, with its data in a folder of its own.
func withEmbeddedStore<Result: Sendable>(
    folder: String? = nil, limits: EtcdServer.Limits = .quickLogins,
    configure: @Sendable @escaping (inout EtcdServer.Configuration) -> Void = { _ in },
    _ body: @Sendable @escaping (EtcdServer.Address) async throws -> Result
) async throws -> Result {
    if let folder { return try await runEmbeddedStore(folder: folder, limits: limits, configure, body) }
    return try await withTemporaryFolder { folder in
        try await runEmbeddedStore(folder: folder + "/store", limits: limits, configure, body)
    }
}

private func runEmbeddedStore<Result: Sendable>(
    folder: String, limits: EtcdServer.Limits, _ configure: (inout EtcdServer.Configuration) -> Void,
    _ body: @Sendable @escaping (EtcdServer.Address) async throws -> Result
) async throws -> Result {
    var configuration = EtcdServer.Configuration(dataDirectory: folder, port: 0, limits: limits)
    configure(&configuration)
    let server = try EtcdServer(
        configuration: configuration, logger: Logger(label: "store") { _ in SwiftLogNoOpLogHandler() })
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            try await server.run()
            return nil
        }
        group.addTask { try await body(try await server.listeningAddress) }
        while let result = try await group.next() {
            guard let result else { continue }
            group.cancelAll()
            try? await group.waitForAll()
            return result
        }
        throw CancellationError()
    }
}

/// Lends a real etcd with its data in a folder of its own.
func withRealEtcd<Result>(
    _ release: EtcdRelease = .v3_4, arguments: [String] = [], _ body: (_ endpoint: String) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let port = try FreePort.next()
        let peerPort = try FreePort.next()
        let endpoint = "http://127.0.0.1:\(port)"
        let etcd = try ChildProcess(
            release.etcd,
            arguments + [
                "--data-dir", folder + "/data", "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
                "--listen-peer-urls", "http://127.0.0.1:\(peerPort)", "--unsafe-no-fsync",
                "--initial-advertise-peer-urls", "http://127.0.0.1:\(peerPort)",
                "--initial-cluster", "default=http://127.0.0.1:\(peerPort)",
            ],
            log: folder + "/etcd.log")
        defer { etcd.kill() }
        try await eventually("etcd listening; it printed:\n\(etcd.output)") {
            try await Etcdctl(endpoint: endpoint).run(["get", "ready"]).status == 0
        }
        return try await body(endpoint)
    }
}

extension EtcdServer.Limits {
    /// The defaults, but with passwords that cost next to nothing.
    static var quickLogins: Self {
        var limits = Self()
        limits.passwordLogRounds = 4
        return limits
    }
}
