import ArgumentParser
import CommandLineSupport
import EtcdClient
import StoreTransfer

/// `photoctl store export FILE`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the keys and values of a store into a file.",
        discussion: """
            Everything in the file is as of one revision, which it names. Until it is whole the file is called \
            FILE.partial; interrupted, the same command goes on where it stopped. Keys that die with a lease are \
            written with the lease and its length. Users, roles and history are not part of an export.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Only keys that begin with this.", valueName: "text"))
    var prefix: String = ""

    @Argument(help: "The file to write; there must be none of that name yet.")
    var file: String

    func run() async throws {
        let settings = try await self.common.settings(program: "photoctl", flags: self.connection.flags)
        let report = try await settings.withStore { client in
            try await StoreExport(
                of: client, prefix: Key(self.prefix), patience: self.patience.value,
                onProgress: StatusLine.observer()
            ).write(to: self.file)
        }
        try self.output.print(report, or: Self.text(report))
    }

    private static func text(_ report: StoreExport.Report) -> String {
        var text = "\(report.file): \(report.keys.keys) of cluster \(report.cluster) at revision \(report.revision)"
        if report.resumedAfter > 0 { text += ", \(report.resumedAfter) of them by an earlier run" }
        if report.keysOnLeases > 0 {
            text += "\n\(report.keysOnLeases.keys) on \(report.leases.leases), to be granted anew by an import"
        }
        return text + "\nsha256 \(report.sha256)"
    }
}
