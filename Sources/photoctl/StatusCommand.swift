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
        let cluster: String
        let revision: Int64
        let keys: Int64
    }

    func run() async throws {
        let settings = try await self.common.settings(program: "photoctl", flags: self.connection.flags)
        let report = try await settings.withStore { client in
            var options = RangeOptions()
            options.countOnly = true
            let all = try await client.range(.all, options: options)
            return Report(cluster: "\(all.clusterID)", revision: all.revision.rawValue, keys: all.count)
        }
        try self.output.print(
            report, or: "cluster \(report.cluster), revision \(report.revision), \(report.keys.keys)")
    }
}
