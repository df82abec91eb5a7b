import EtcdClient
import EtcdServer
import Logging
import TestSupport
import Testing

/// Tests that start servers. One after the other: each has time-outs, and should have the machine to itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
enum RealServers {}

/// The servers that one suite of tests runs against: a client must not be able to tell them apart.
enum EtcdBackend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// The `etcd` that Debian ships: 3.4.
    case etcd
    /// The newest `etcd` that a package registry gives: 3.5.
    case etcd35
    /// The store of this package, in the test's own process.
    case embedded

    var testDescription: String { self.rawValue }

    /// The genuine etcd behind this case, if it is one.
    var release: EtcdRelease? {
        switch self {
        case .etcd: .v3_4
        case .etcd35: .v3_5
        case .embedded: nil
        }
    }

    /// Lends a fresh store to `body`, by its endpoint.
    func with<Result: Sendable>(_ body: (EtcdClient.Endpoint) async throws -> Result) async throws -> Result {
        guard let release = self.release else { return try await withEmbeddedServer { try await body($0) } }
        var options = EtcdProcess.Options()
        options.release = release
        return try await withEtcd(options) { try await body(EtcdClient.Endpoint($0.endpoint)) }
    }
}

/// Lends an embedded server on a port of its own.
func withEmbeddedServer<Result: Sendable>(
    _ body: (EtcdClient.Endpoint) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let server = try EtcdServer(
            configuration: .init(dataDirectory: folder, host: "127.0.0.1", port: 0), logger: .quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let address = try await server.listeningAddress
            do {
                let result = try await body(EtcdClient.Endpoint(host: address.host, port: address.port))
                group.cancelAll()
                try? await group.waitForAll()
                return result
            } catch {
                group.cancelAll()
                try? await group.waitForAll()
                throw error
            }
        }
    }
}

extension Logger {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Expects an ``EtcdError`` of this code, and returns it.
@discardableResult
func expectError(
    _ code: EtcdError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> EtcdError? {
    do {
        try await body()
        Issue.record("expected \(code), but nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch let error as EtcdError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
        return nil
    }
}
