import ArgumentParser

/// `photoctl store …`: the data of a store, the embedded one or any other that speaks the etcd v3 API.
struct StoreTools: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Back up the data of a store, and move it to another.",
        discussion: """
            A snapshot is everything that a store has, its history and leases with it, and only a store of the same \
            kind can be made of it. An export is the keys and values of one revision, which any etcd v3 store can \
            take in.
            """,
        subcommands: [
            StatusCommand.self, SnapshotCommand.self, RestoreCommand.self, ExportCommand.self, ImportCommand.self,
        ])
}
