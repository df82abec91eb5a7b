import EtcdClient
import EtcdServer
import Foundation
import Logging
import TestSupport
import Testing

@testable import StoreTransfer

/// Tests that start servers, one after the other.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum StoreTransferTests {}

/// The stores that keys are moved between.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case etcd34, etcd35, embedded

    var testDescription: String { self.rawValue }

    /// Lends a fresh store, by its endpoint.
    func with<Result: Sendable>(
        arguments: [String] = [], _ body: (String) async throws -> Result
    ) async throws -> Result {
        var options = EtcdProcess.Options()
        options.arguments = arguments
        switch self {
        case .etcd34: options.release = .v3_4
        case .etcd35: options.release = .v3_5
        case .embedded: return try await withStoreProcess { try await body($0.endpoint) }
        }
        return try await withEtcd(options) { try await body($0.endpoint) }
    }
}

/// The embedded store in a process of its own.
struct StoreProcess: Sendable {
    let endpoint: String
    let process: ChildProcess
}

func withStoreProcess<Result: Sendable>(
    data: String? = nil, _ body: (StoreProcess) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let process = try ChildProcess(
            BuiltProgram.store, ["--data", data ?? "\(folder)/data", "--listen", "127.0.0.1:0"],
            log: "\(folder)/log")
        defer { process.kill() }
        let endpoint: String = try await eventually("the store listening; it printed:\n\(process.output)") {
            process.output.firstMatch(of: /listening on (\S+)/).map { "http://\($0.1)" }
        }
        return try await body(StoreProcess(endpoint: endpoint, process: process))
    }
}

/// What stores are filled with.
enum TestKeys {
    /// Keys of all bytes, empty values, a value near the limit, and a few on leases.
    static func awkward(_ client: EtcdClient) async throws {
        for byte in UInt8.min...UInt8.max {
            try await client.put(Key([byte]), Value([0xff, byte, 0x0a]))
        }
        try await client.put(Key([0, 0]), "")
        try await client.put(Key([0xff, 0xff, 0xff]), "last")
        try await client.put("größe/大", Value([UInt8](repeating: 7, count: 1_400_000)))
        // A key that was changed often, and one that was deleted.
        for round in 0..<5 { try await client.put("changed", Value("\(round)")) }
        try await client.put("gone", "x")
        try await client.delete(.key("gone"))
    }

    /// `count` keys `name/000000`….
    static func many(_ count: Int, _ client: EtcdClient, name: String = "key") async throws {
        for start in stride(from: 0, to: count, by: 100) {
            let puts = (start..<min(count, start + 100)).map { number in
                Transaction.Operation.put(Self.key(number, name), Value("value \(number * 7919)"))
            }
            try await client.transaction(Transaction(success: puts))
        }
    }

    static func key(_ number: Int, _ name: String = "key") -> Key {
        Key("\(name)/" + String(repeating: "0", count: 6 - "\(number)".count) + "\(number)")
    }
}

/// Everything in a store, without what a store counts for itself.
func contents(of client: EtcdClient) async throws -> [ExpectedKey] {
    try await client.range(.all).keyValues.map { ExpectedKey(key: $0.key, value: $0.value, lease: $0.lease) }
}

/// Runs `photoctl` to its end.
func photoctl(
    _ arguments: [String], environment: [String: String] = [:], folder: String
) async throws -> (status: Int32, output: String) {
    let log = "\(folder)/photoctl-\(UUID().uuidString).log"
    let process = try ChildProcess(BuiltProgram.photoctl, arguments, environment: environment, log: log)
    let status = try await process.finished(within: .seconds(120))
    return (status, process.output)
}

extension Patience {
    /// For a store that is not away.
    static let brief = Patience(.seconds(5))
}

/// Expects a ``TransferError`` of this code, and returns it.
@discardableResult
func expectTransferError(
    _ code: TransferError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> TransferError? {
    do {
        try await body()
        Issue.record("expected \(code), but nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as TransferError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
