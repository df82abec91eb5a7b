import EtcdStore

/// All a store held at one moment, in a file beside it that goes when nobody needs it.
package struct StoreBackup: Sendable {
    /// Snapshots are made as long as a multiple of this, as etcd's are: clients check it.
    package static let blockSize = 512

    package let size: Int
    private let name: String
    private let files: any LogFiles

    init(name: String, size: Int, files: any LogFiles) {
        self.name = name
        self.size = size
        self.files = files
    }

    package func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        try self.files.read(self.name, at: offset, count: min(count, self.size - offset))
    }

    /// Removes the file. One that stays, after a crash, goes with the next start.
    package func remove() { try? self.files.remove(self.name) }
}

extension StoreBackup {
    /// Reads a backup of `size` bytes, without its checksum.
    ///
    /// - Parameters:
    ///   - identity: What the store is to be known by from then on; `nil` keeps what the backup says.
    ///   - read: Gives `count` bytes from `offset` on.
    /// - Throws: ``StorageError`` if it is damaged or of a newer version.
    package static func load(
        place: String, size: Int, identity: Store.Identity? = nil,
        read: @escaping @Sendable (_ offset: Int, _ count: Int) throws(StorageError) -> [UInt8]
    ) throws(StorageError) -> Store {
        let file = OneFile(place: place, size: size, read: read)
        var (store, head) = try SnapshotFile.read("", padding: Self.blockSize, identity: identity, from: file)
        store.finishRecovery(head: head, now: .zero)
        return store
    }

    /// Whether a folder holds a store.
    package static func isStore(_ files: any LogFiles) throws(StorageError) -> Bool {
        try files.names().contains { StoreFileName.logNumber($0) != nil || StoreFileName.snapshotNumber($0) != nil }
    }

    /// Makes `store` the contents of an empty folder: all of it or, if this is interrupted, nothing.
    ///
    /// - Throws: ``StorageError`` if there is a store already.
    package static func write(_ store: Store, to files: any LogFiles, salt: UInt64) throws(StorageError) {
        guard !(try Self.isStore(files)) else {
            throw StorageError(
                .failed, "The folder \(files.place) holds a store already. Restore into another, or move it away first."
            )
        }
        // A start that finds only the first snapshot begins its log: see StoreRecovery.
        _ = try SnapshotFile.write(store.snapshot(), number: 1, salt: salt, to: files)
    }
}

/// A file that is only read.
private struct OneFile: LogFiles {
    let place: String
    let size: Int
    let read: @Sendable (_ offset: Int, _ count: Int) throws(StorageError) -> [UInt8]

    private var readOnly: StorageError { StorageError(.failed, "\(self.place) is only read.") }

    func names() throws(StorageError) -> [String] { [""] }
    func size(of name: String) throws(StorageError) -> Int { self.size }

    func read(_ name: String, at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        try self.read(offset, max(0, min(count, self.size - offset)))
    }

    func create(_ name: String) throws(StorageError) -> any LogFile { throw self.readOnly }
    func open(_ name: String) throws(StorageError) -> any LogFile { throw self.readOnly }
    func rename(_ name: String, to newName: String) throws(StorageError) { throw self.readOnly }
    func remove(_ name: String) throws(StorageError) { throw self.readOnly }
    func syncNames() throws(StorageError) { throw self.readOnly }
    func release() {}
}
