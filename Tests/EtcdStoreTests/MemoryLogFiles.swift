import EtcdStorage
import Synchronization
import TestSupport

/// A folder in memory that records every write, sync, creation, renaming and removal, and can crash as badly as a disk
/// may: of what no sync covered any part may be there, in any order, and torn.
final class MemoryLogFiles: LogFiles {
    /// A file apart from its name, as a file system has them.
    struct File {
        /// As a process sees it.
        var bytes: [UInt8] = []
        /// How long the file is with the zeros behind what was appended.
        var room = 0
        /// As it was at the last sync, zeros included.
        var synced: [UInt8] = []
        /// What was done since then: bytes at a place, or the end moved.
        var unsynced: [Change] = []

        enum Change {
            case write(at: Int, [UInt8])
            case truncate(Int)
        }

        /// What is in the file.
        var contents: [UInt8] { self.bytes + [UInt8](repeating: 0, count: max(0, self.room - self.bytes.count)) }

        mutating func append(_ new: [UInt8]) {
            self.unsynced.append(.write(at: self.bytes.count, new))
            self.bytes += new
        }

        mutating func truncate(to size: Int) {
            self.unsynced.append(.truncate(size))
            self.bytes = Array(self.contents.prefix(size))
            self.room = 0
        }

        /// Room is durable when it is made.
        mutating func reserve(_ size: Int) {
            self.room = max(self.room, size)
            self.sync()
        }

        mutating func sync() {
            self.synced = self.contents
            self.unsynced = []
        }

        /// What a crash leaves of it.
        func afterCrash(using generator: inout SeededGenerator) -> [UInt8] {
            var bytes = self.synced
            let fate = Int.random(in: 0..<4, using: &generator)
            // Nothing, all, or any subset: a disk writes in the order it likes.
            for change in self.unsynced where fate == 0 || (fate > 1 && Bool.random(using: &generator)) {
                switch change {
                case .truncate(let size): if size < bytes.count { bytes.removeLast(bytes.count - size) }
                case .write(let offset, var new):
                    if fate == 3 { Self.tear(&new, using: &generator) }
                    if new.isEmpty { continue }
                    // What lies between is there, as zeros.
                    if bytes.count < offset { bytes += [UInt8](repeating: 0, count: offset - bytes.count) }
                    let overlap = min(new.count, bytes.count - offset)
                    bytes.replaceSubrange(offset..<offset + overlap, with: new[..<overlap])
                    bytes += new[overlap...]
                }
            }
            return bytes
        }

        /// Cuts a write short, or loses pieces in its middle.
        private static func tear(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
            if Bool.random(using: &generator) {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
                return
            }
            let piece = [1, 16, 512].randomElement(using: &generator) ?? 1
            for start in stride(from: 0, to: bytes.count, by: piece) where Bool.random(using: &generator) {
                for index in start..<min(start + piece, bytes.count) { bytes[index] = 0 }
            }
        }
    }

    /// What was done to the names since they were last synced.
    enum NameChange {
        case set(String, file: Int)
        case remove(String)
    }

    struct State {
        var files: [Int: File] = [:]
        var names: [String: Int] = [:]
        var syncedNames: [String: Int] = [:]
        var unsyncedNames: [NameChange] = []
        var nextFile = 0
        var syncCount = 0
        /// Counts down with each append, sync, rename and so on; at zero everything fails from then on.
        var operationsUntilFailure: Int?

        mutating func add(_ name: String, _ file: File) {
            self.nextFile += 1
            self.files[self.nextFile] = file
            self.names[name] = self.nextFile
            self.unsyncedNames.append(.set(name, file: self.nextFile))
        }
    }

    let place = "memory"
    private let state: Mutex<State>

    init(_ contents: [String: [UInt8]] = [:]) {
        var state = State()
        for (name, bytes) in contents { state.add(name, File(bytes: bytes, synced: bytes)) }
        state.syncedNames = state.names
        state.unsyncedNames = []
        self.state = Mutex(state)
    }

    var contents: [String: [UInt8]] {
        self.state.withLock { state in state.names.compactMapValues { state.files[$0]?.contents } }
    }
    var syncCount: Int { self.state.withLock { $0.syncCount } }

    func failAfter(_ operations: Int) { self.state.withLock { $0.operationsUntilFailure = operations } }

    /// The folder as another process may find it after a crash now.
    func afterCrash(using generator: inout SeededGenerator) -> MemoryLogFiles {
        let state = self.state.withLock { $0 }
        var names = state.syncedNames
        let fate = Int.random(in: 0..<3, using: &generator)
        // A renaming is one change of two names: either both are there or none.
        for change in state.unsyncedNames where fate == 0 || (fate == 2 && Bool.random(using: &generator)) {
            switch change {
            case .set(let name, let file):
                names = names.filter { $0.value != file }
                names[name] = file
            case .remove(let name): names[name] = nil
            }
        }
        var contents: [String: [UInt8]] = [:]
        for (name, file) in names.sorted(by: { $0.key < $1.key }) {
            contents[name] = state.files[file]?.afterCrash(using: &generator)
        }
        return MemoryLogFiles(contents)
    }

    func names() throws(StorageError) -> [String] { self.state.withLock { Array($0.names.keys) } }

    func size(of name: String) throws(StorageError) -> Int { try self.bytes(name).count }

    func read(_ name: String, at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
        let bytes = try self.bytes(name)
        return Array(bytes[min(offset, bytes.count)..<min(offset + count, bytes.count)])
    }

    func create(_ name: String) throws(StorageError) -> any LogFile {
        try self.change { state in
            if let file = state.names[name] {
                state.files[file]?.truncate(to: 0)
            } else {
                state.add(name, File())
            }
        }
        return try self.file(name)
    }

    func open(_ name: String) throws(StorageError) -> any LogFile { try self.file(name) }

    func rename(_ name: String, to newName: String) throws(StorageError) {
        try self.change { state in
            guard let file = state.names.removeValue(forKey: name) else { return }
            state.names[newName] = file
            state.unsyncedNames.append(.set(newName, file: file))
        }
    }

    func remove(_ name: String) throws(StorageError) {
        try self.change { state in
            state.names[name] = nil
            state.unsyncedNames.append(.remove(name))
        }
    }

    func syncNames() throws(StorageError) {
        try self.change { state in
            state.syncedNames = state.names
            state.unsyncedNames = []
        }
    }

    func release() {}

    private func file(_ name: String) throws(StorageError) -> any LogFile {
        guard let file = self.state.withLock({ $0.names[name] }) else { throw StorageError(.failed, "no file \(name)") }
        return MemoryLogFile(file: file, files: self)
    }

    private func bytes(_ name: String) throws(StorageError) -> [UInt8] {
        let bytes = self.state.withLock { state in state.names[name].flatMap { state.files[$0]?.contents } }
        guard let bytes else { throw StorageError(.failed, "no file \(name)") }
        return bytes
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
    let file: Int
    let files: MemoryLogFiles

    func append(_ bytes: [UInt8]) throws(StorageError) {
        try self.files.change { $0.files[self.file]?.append(bytes) }
    }

    func sync() throws(StorageError) {
        try self.files.change { state in
            state.syncCount += 1
            state.files[self.file]?.sync()
        }
    }

    func reserve(_ size: Int) throws(StorageError) {
        try self.files.change { $0.files[self.file]?.reserve(size) }
    }

    func truncate(to size: Int) throws(StorageError) {
        try self.files.change { $0.files[self.file]?.truncate(to: size) }
    }
}
