import BenchmarkSupport
import EtcdClient
import Foundation

/// The project's etcd client beside its peers, against one etcd. Prints Markdown.
///
/// Each client runs in a process of its own, so that its CPU and memory are its own.
@main
enum Program {
    private static let usage = """
        usage: client-vs-peers ETCD PYTHON PEERS FOLDER [--quick] [--only PART,PART]
          ETCD    etcd 3.5
          PYTHON  an interpreter with grpcio
          PEERS   the folder of etcd_puts.py
          FOLDER  where etcd keeps its data
          --only  of: sequential, concurrent, delay, memory
        """

    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == "--child" { return try await self.child(Array(arguments.dropFirst())) }
            let isQuick = arguments.contains("--quick")
            arguments.removeAll { $0 == "--quick" }
            var only: Set<String>?
            if let option = arguments.firstIndex(of: "--only"), option + 1 < arguments.count {
                only = Set(arguments[option + 1].split(separator: ",").map(String.init))
                arguments.removeSubrange(option...option + 1)
            }
            guard arguments.count == 4 else { self.fail(self.usage, code: 64) }
            raiseOpenFileLimit()
            onTermination { ServerProcess.stopAll() }
            let contest = ClientContest(
                etcd: arguments[0], python: arguments[1], peers: arguments[2], folder: arguments[3], isQuick: isQuick)
            try contest.run(only: only)
            ServerProcess.stopAll()
        } catch {
            ServerProcess.stopAll()
            self.fail("client-vs-peers: \(error)", code: 1)
        }
    }

    /// One measurement in this process: `WORK PORT COUNT`. Prints a line of JSON.
    private static func child(_ arguments: [String]) async throws {
        guard arguments.count == 3, let port = UInt16(arguments[1]), let count = Int(arguments[2]) else {
            throw BenchmarkFailure("wrong arguments for a child")
        }
        let output: any Encodable =
            switch arguments[0] {
            case "sequential": try await SwiftPuts.sequential(self.client(port), count: count)
            case "sequential-near": try await self.near(port) { try await SwiftPuts.sequential($0, count: count) }
            case "concurrent": try await SwiftPuts.concurrent(self.client(port), count: count)
            case "concurrent-near": try await self.near(port) { try await SwiftPuts.concurrent($0, count: count) }
            case "delay-bare-first": try await EventDelay.run(port: port, changes: count, bareFirst: true)
            case "delay-client-first": try await EventDelay.run(port: port, changes: count, bareFirst: false)
            case "one-connection": try await WatchMemory.oneConnection(port: port, count: count)
            case "connections": try await WatchMemory.connections(port: port, count: count)
            default: throw BenchmarkFailure("unknown work \(arguments[0])")
            }
        FileHandle.standardOutput.write(try JSONEncoder().encode(output))
        // What was measured is idle watches; ending them one by one would be another measurement.
        exit(0)
    }

    /// Measures on the thread that serves the client's connection.
    private static func near(
        _ port: UInt16, _ body: @Sendable @escaping (EtcdClient) async throws -> LoadReport
    ) async throws -> LoadReport {
        let client = self.client(port)
        return try await withTaskExecutorPreference(client.taskExecutor) { try await body(client) }
    }

    static func client(_ port: UInt16) -> EtcdClient {
        EtcdClient(EtcdClient.Configuration(endpoints: [.init(host: "127.0.0.1", port: Int(port))]))
    }

    private static func fail(_ text: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(code)
    }
}
