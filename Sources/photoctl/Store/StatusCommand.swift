import ArgumentParser
import CommandLineSupport
import EtcdClient
import StoreTransfer

/// `photoctl store status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say what a store holds.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Report: Codable {
        let endpoint: String
        let version: String
        let cluster: String
        let member: String
        let revision: Int64
        let keys: Int64
        let databaseBytes: Int64
        let databaseBytesInUse: Int64
        let isLearner: Bool
        let errors: [String]
    }

    func run() async throws {
        let settings = try await self.common.settings(program: "photoctl", flags: self.connection.flags)
        let report = try await settings.withStore { client in
            let status = try await client.maintenance.status()
            var options = RangeOptions()
            options.countOnly = true
            let all = try await client.range(.all, options: options)
            return Report(
                endpoint: settings.string("endpoints") ?? "http://127.0.0.1:2379", version: status.version,
                cluster: "\(status.clusterID)", member: "\(status.member)", revision: all.revision.rawValue,
                keys: all.count, databaseBytes: status.databaseSize, databaseBytesInUse: status.databaseSizeInUse,
                isLearner: status.isLearner, errors: status.errors)
        }
        try self.output.print(report, or: Self.text(report))
    }

    private static func text(_ report: Report) -> String {
        let lines = [
            "cluster \(report.cluster), member \(report.member), speaks version \(report.version) of the API",
            "revision \(report.revision), \(report.keys.keys), \(report.databaseBytes) bytes of which "
                + "\(report.databaseBytesInUse) in use",
        ]
        return (lines + report.errors.map { "error: \($0)" }).joined(separator: "\n")
    }
}
