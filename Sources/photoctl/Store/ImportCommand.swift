import ArgumentParser
import CommandLineSupport
import EtcdClient
import StoreTransfer

/// `photoctl store import FILE`, and `photoctl store import --from-endpoints …`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Put the keys and values of an export, or of another store, into a store.",
        discussion: """
            Afterwards every key and value is compared with the source. Interrupted at any moment, the same command \
            goes on: it puts what is missing. Revisions are counted anew by the target; the report has both. A target \
            that holds other keys is refused without --merge or --replace.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup(title: "Copying from another store") var source: SourceOptions
    @OptionGroup var patience: PatienceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "A file that `photoctl store export` has written.")
    var file: String?

    @Option(help: ArgumentHelp("From another store: only keys that begin with this.", valueName: "text"))
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "From another store: its keys as of this revision, which it must still know.", valueName: "number"))
    var revision: Int64?

    @Flag(help: "Put over what the target has; leave its other keys.")
    var merge = false

    @Flag(help: "Make the target as the source: delete the keys that the source does not have.")
    var replace = false

    @Option(
        help: ArgumentHelp(
            "Keys that die with a lease: keep (grant the leases anew), drop (put the keys without lease) or omit.",
            valueName: "policy"))
    var leases: LeasePolicy = .keep

    func validate() throws {
        if self.merge, self.replace { throw ValidationError("--merge and --replace exclude each other") }
        if self.file != nil, self.prefix != nil || self.revision != nil {
            throw ValidationError("--prefix and --revision are for copying from another store; a file has its own")
        }
    }

    func run() async throws {
        let settings = try await self.common.settings(
            program: "photoctl", flags: self.connection.flags.merging(self.source.flags) { $1 })
        let isFromStore = settings.string("from-endpoints") != nil && self.file == nil
        guard self.file != nil || isFromStore else {
            throw CommandFailure(
                .usage, "nothing to import", remedy: "Give the name of an exported file, or --from-endpoints.")
        }
        let report = try await settings.withStore { target in
            let transfer = StoreImport(
                into: target, conflicts: self.merge ? .merge : self.replace ? .replace : .refuse, leases: self.leases,
                patience: self.patience.value, onProgress: StatusLine.observer())
            if let file = self.file { return try await transfer.copy(from: .file(file)) }
            return try await settings.withStore("from-") { source in
                try await transfer.copy(
                    from: .store(
                        source, prefix: Key(self.prefix ?? ""), revision: self.revision.map { Revision($0) }))
            }
        }
        try self.output.print(report, or: Self.text(report))
    }

    private static func text(_ report: StoreImport.Report) -> String {
        var lines = [
            "\(report.verified.keys) of cluster \(report.sourceCluster) at revision \(report.sourceRevision) are in "
                + "cluster \(report.targetCluster) at revision \(report.targetRevision); every one was compared",
            "written \(report.written), already there \(report.alreadyThere), deleted \(report.deleted)",
        ]
        if report.leases > 0 {
            lines.append(
                "\(report.keysOnLeases.keys) on \(report.leases.leases), granted anew: they end unless their owners "
                    + "renew them at the target")
        }
        if report.leftOut > 0 { lines.append("left out \(report.leftOut.keys) on leases") }
        return lines.joined(separator: "\n")
    }
}

extension LeasePolicy: ExpressibleByArgument {}
