import EtcdServer
import TestSupport

/// The mediators that the same tests run on.
enum MediatorBackend: CaseIterable, Sendable {
    case embedded, etcd34, etcd35

    /// Lends the address of an empty one; it is gone afterwards.
    func lend(_ body: @Sendable @escaping (String) async throws -> Void) async throws {
        switch self {
        case .etcd34: try await withEtcd { try await body($0.endpoint) }
        case .etcd35:
            var options = EtcdProcess.Options()
            options.release = .v3_5
            try await withEtcd(options) { try await body($0.endpoint) }
        case .embedded:
            try await withTemporaryFolder { folder in
                let server = try EtcdServer(
                    configuration: .init(dataDirectory: folder + "/store", port: 0), logger: quietLogger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await server.run() }
                    group.addTask { try await body("http://\(try await server.listeningAddress)") }
                    // The body ends first; the server would only end by an error.
                    try await group.next()
                    group.cancelAll()
                }
            }
        }
    }
}
