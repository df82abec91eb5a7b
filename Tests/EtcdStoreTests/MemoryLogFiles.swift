import TestSupport
import EtcdStorage
import Synchronization

/// A folder in memory that can crash as a disk does: what no sync covered may be there, be gone, or be torn.
final class MemoryLogFiles: LogFiles {
    struct File {
        var bytes: [UInt8] = []
        /// How many of them are durable.
        var syncedCount = 0
        /// How long the file is with the zeros behind what was appended.
        var room = 0

        /// What is in the file.
        var contents: [UInt8] { self.bytes + [UInt8](repeating: 0, count: max(0, self.room - self.bytes.count)) }

        mutating func sync() { self.syncedCount = self.bytes.count }

        mutating func truncate(to size: Int) {
            self.bytes = Array(self.contents.prefix(size))
            self.room = 0
            self.syncedCount = min(self.syncedCount, size)
        }
    }

    struct State {
        var files: [String: File] = [:]
        var syncCount = 0
        /// Counts down with each append, sync, rename and so on; at zero everything fails from then on.
        var operationsUntilFailure: Int?
    }

    let place = "memory"
    private let state: Mutex<State>

    init(_ contents: [String: [UInt8]] = [:]) {
        self.state = Mutex(
            State(files: contents.mapValues { File(bytes: $0, syncedCount: $0.count) }))
    }

    var contents: [String: [UInt8]] { self.state.withLock { $0.files.mapValues(\.contents) } }
    var syncCount: Int { self.state.withLock { $0.syncCount } }

    func failAfter(_ operations: Int) { self.state.withLock { $0.operationsUntilFailure = operations } }

    /// The folder as another process may find it after a crash now: of the bytes that no sync covered, each file keeps
    /// a random part, and what was lost between kept ones reads as zeros.
    func afterCrash(using generator: inout SeededGenerator) -> MemoryLogFiles {
        var contents: [String: [UInt8]] = [:]
        for (name, file) in self.state.withLock({ $0.files }).sorted(by: { $0.key < $1.key }) {
            let synced = Array(file.bytes[..<file.syncedCount])
            var rest = Array(file.bytes[file.syncedCount...])
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: rest = []
            case 1: rest.removeLast(Int.random(in: 0...rest.count, using: &generator))
            case 2:
                for index in rest.indices where Bool.random(using: &generator) { rest[index] = 0 }
                rest.removeLast(Int.random(in: 0...rest.count, using: &generator))
            default: break
            }
            // Room is durable when it is made: what was lost within it reads as zeros.
            contents[name] = File(bytes: synced + rest, room: file.room).contents
        }
        return MemoryLogFiles(contents)
    }

    func names() throws(StorageError) -> [String] { self.state.withLock { Array($0.files.keys) } }

    func size(of name: String) throws(StorageError) -> Int { try self.bytes(name).count }

    func read(_ name: String, at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        let bytes = try self.bytes(name)
        return Array(bytes[min(offset, bytes.count)..<min(offset + count, bytes.count)])
    }

    func create(_ name: String) throws(StorageError) -> any LogFile {
        try self.change { $0.files[name] = File() }
        return MemoryLogFile(name: name, files: self)
    }

    func open(_ name: String) throws(StorageError) -> any LogFile { MemoryLogFile(name: name, files: self) }

    func rename(_ name: String, to newName: String) throws(StorageError) {
        try self.change { $0.files[newName] = $0.files.removeValue(forKey: name) }
    }

    func remove(_ name: String) throws(StorageError) { try self.change { $0.files[name] = nil } }
    func syncNames() throws(StorageError) { try self.change { _ in } }
    func release() {}

    private func bytes(_ name: String) throws(StorageError) -> [UInt8] {
        guard let file = self.state.withLock({ $0.files[name] }) else {
            throw StorageError(.failed, "no file \(name)")
        }
        return file.contents
    }

    func change(_ body: (inout State) -> Void) throws(StorageError) {
        let isFailed = self.state.withLock { state in
            if let left = state.operationsUntilFailure {
                if left == 0 { return true }
                state.operationsUntilFailure = left - 1
            }
            body(&state)
            return false
        }
        if isFailed { throw StorageError(.failed, "No space left on the disk in memory.") }
    }
}

private struct MemoryLogFile: LogFile {
    let name: String
    let files: MemoryLogFiles

    func append(_ bytes: [UInt8]) throws(StorageError) {
        try self.files.change { $0.files[self.name]?.bytes.append(contentsOf: bytes) }
    }

    func sync() throws(StorageError) {
        try self.files.change { state in
            state.syncCount += 1
            state.files[self.name]?.sync()
        }
    }

    func reserve(_ size: Int) throws(StorageError) {
        try self.files.change { state in
            guard let file = state.files[self.name], size > file.room else { return }
            state.files[self.name]?.room = size
            state.files[self.name]?.sync()
        }
    }

    func truncate(to size: Int) throws(StorageError) {
        try self.files.change { $0.files[self.name]?.truncate(to: size) }
    }
}
