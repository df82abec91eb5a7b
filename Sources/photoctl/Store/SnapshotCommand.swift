import ArgumentParser
import CommandLineSupport
import EtcdClient
import StoreTransfer

/// `photoctl store snapshot FILE`
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Save everything that a store has into a file.",
        discussion: """
            The file appears when it is whole, its checksum is right and it is on the disk. It holds history, leases, \
            users and roles as well. A snapshot of the embedded store is restored by `photoctl store restore`, one of \
            etcd by etcd's own tools; to go from one to the other, export and import. With users, root alone may do this.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file to write; there must be none of that name yet.")
    var file: String

    private struct Report: Codable {
        let file: String
        let bytes: Int
        let sha256: String
    }

    func run() async throws {
        guard !FileSystem.exists(self.file) else {
            throw CommandFailure(
                .cannotCreate, "\(self.file) exists already", remedy: "Give another name, or remove that file first.")
        }
        let settings = try await self.common.settings(program: "photoctl", flags: self.connection.flags)
        let snapshot = try await settings.withStore { client in
            try await client.maintenance.saveSnapshot(to: self.file)
        }
        let report = Report(
            file: snapshot.path, bytes: snapshot.size, sha256: snapshot.checksum.hexadecimal)
        try self.output.print(
            report, or: "\(report.file): \(report.bytes) bytes, checksum verified\nsha256 \(report.sha256)")
    }
}
