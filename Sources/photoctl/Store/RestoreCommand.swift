import ArgumentParser
import CommandLineSupport
import EtcdServer
import StoreTransfer

/// `photoctl store restore FILE --data DIR`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make the data folder of an embedded store from a snapshot of one.",
        discussion: """
            The file is checked to its last record before anything is written. The store has the snapshot's revisions, \
            leases, users and roles, and an identity of its own, so that its clients see that it is not the one they \
            knew. Interrupted, the folder holds nothing that a store would start from.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The folder to make; one that holds no store yet.", valueName: "dir"))
    var data: String?

    @Flag(help: "Only check the file, and say what it holds.")
    var check = false

    @Argument(help: "A file that `photoctl store snapshot` has saved.")
    var file: String

    private struct Report: Codable {
        let file: String
        let data: String?
        let revision: Int64
        let keys: Int
        let leases: Int
    }

    func run() async throws {
        let settings = try await self.common.settings(program: "photoctl", flags: ["data": self.data])
        do {
            let data = self.check ? nil : try settings.required("data")
            let summary =
                if let data {
                    try EtcdServer.restore(snapshot: self.file, into: data)
                } else {
                    try EtcdServer.inspect(snapshot: self.file)
                }
            let report = Report(
                file: self.file, data: data, revision: summary.revision, keys: summary.keyCount,
                leases: summary.leaseCount)
            let place = data.map { " is in \($0)" } ?? " is whole"
            try self.output.print(
                report,
                or: "\(self.file)\(place): revision \(report.revision), \(report.keys.keys) with history, "
                    + "\(report.leases.leases)")
        } catch let error as EtcdServerError {
            let isBadFile = error.code == .corrupt || error.code == .unsupported
            throw CommandFailure(isBadFile ? .badInput : .ioError, error.message)
        }
    }
}
