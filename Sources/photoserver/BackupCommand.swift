import ArgumentParser
import CommandLineSupport
import EtcdServer
import Foundation
import Logging
import PhotoLibrary
import PhotoServer

/// `photoserver backup`: a copy of everything that cannot be made again.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy everything that the server keeps into a folder elsewhere.",
        discussion: """
            Database, originals, the embedded store, and the keys by which displays know both: keep the folder as safe as \
            the server. The server may be running. Given the folder of an earlier backup it copies only what is new. Photos \
            cut for displays are not copied; they are made again. An etcd outside has its own backup.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Argument(help: ArgumentHelp("Where the copy goes.", valueName: "folder"))
    var target: String

    func run() async throws {
        let settings = try await self.common.settings(flags: ["data": self.data])
        try await explainingLibraryErrors {
            let (manifest, store) = try await ServerBackup.make(
                of: try settings.required("data"), to: self.target, logger: Logger(label: "backup"))
            let photos = "\(manifest.photoCount) photos, \(manifest.byteCount >> 20) MiB"
            switch store {
            case .saved: print("\(photos), and the store, in \(self.target)")
            case .missing: print("\(photos) in \(self.target); there is no store yet")
            case .outside(let addresses):
                print("\(photos) in \(self.target)")
                print(
                    """
                    The etcd at \(addresses.joined(separator: ", ")) is not in it; it has its own backup: \
                    etcdctl snapshot save FILE
                    """)
            }
        }
    }
}

/// `photoserver restore`: a library from a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring everything back from a backup.",
        discussion: "Every file is compared with its hash. Interrupted, run it again: it goes on where it stopped.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The new data folder; it holds no library and no store yet.", valueName: "dir"))
    var data: String?

    @Argument(help: ArgumentHelp("The folder of the backup.", valueName: "folder"))
    var backup: String

    func run() async throws {
        let settings = try await self.common.settings(flags: ["data": self.data])
        try await explainingLibraryErrors {
            let directory = try settings.required("data")
            let (manifest, store) = try await ServerBackup.restore(self.backup, into: directory)
            let keys = store.map { " and the store with \($0.keyCount) keys" } ?? ""
            print("\(manifest.photoCount) photos\(keys), as of \(manifest.madeAt.formatted(.iso8601)), in \(directory)")
        }
    }
}

/// `photoserver migrate`: what a new version does to the library.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Try what this version would change in the library's database.",
        discussion: "The server does it by itself when it starts. This works on a copy and changes nothing.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Flag(help: "Only try it, on a copy.")
    var check = false

    func run() async throws {
        let settings = try await self.common.settings(flags: ["data": self.data])
        guard self.check else {
            throw CommandFailure(
                .usage, "--check is missing", remedy: "The server migrates when it starts; --check tries it on a copy.")
        }
        try await explainingLibraryErrors {
            let report = try MigrationRehearsal.run(directory: try settings.required("data"))
            print(report.steps.isEmpty ? "The library is up to date." : "This version would take these steps:")
            for step in report.steps { print("  \(step)") }
            guard report.faults.isEmpty else {
                throw CommandFailure(
                    .badInput, report.faults.joined(separator: "\n"), remedy: "Run photoserver check.")
            }
        }
    }
}
