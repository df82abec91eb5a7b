import Crypto
import Foundation
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A snapshot being written: to a file beside its place, which it takes only when it is whole.
actor SnapshotFile {
    private static let checksumSize = 32

    private let path: String
    private let partialPath: String
    private let handle: FileHandle
    private var hash = SHA256()
    /// The last bytes received, which may turn out to be the checksum.
    private var tail: [UInt8] = []
    /// Bytes received.
    private(set) var size = 0

    init(path: String) async throws {
        self.path = path
        self.partialPath = path + ".partial"
        let partialPath = self.partialPath
        self.handle = try await Self.onDisk(partialPath) {
            // What an earlier attempt left behind is of no use.
            guard FileManager.default.createFile(atPath: partialPath, contents: nil) else {
                throw EtcdError(.fileSystem, "\(partialPath) cannot be created: does its folder exist?")
            }
            return try FileHandle(forWritingTo: URL(fileURLWithPath: partialPath))
        }
    }

    func append(_ bytes: Data) async throws {
        guard !bytes.isEmpty else { return }
        let handle = self.handle
        self.size += bytes.count
        self.tail += bytes
        if self.tail.count > Self.checksumSize {
            let settled = self.tail.count - Self.checksumSize
            self.hash.update(data: self.tail[..<settled])
            self.tail.removeFirst(settled)
        }
        try await Self.onDisk(self.partialPath) { try handle.write(contentsOf: bytes) }
    }

    /// Checks the checksum and puts the file in its place. Returns the checksum.
    func finish() async throws -> [UInt8] {
        let checksum = Array(self.hash.finalize())
        guard self.size > Self.checksumSize, self.tail == checksum else {
            throw EtcdError(
                .corruptSnapshot,
                "the snapshot broke off or was damaged on the way: its \(self.size) bytes do not match their checksum")
        }
        let (handle, path, partialPath) = (self.handle, self.path, self.partialPath)
        try await Self.onDisk(path) {
            try handle.synchronize()
            try handle.close()
            guard rename(partialPath, path) == 0 else {
                throw EtcdError(.fileSystem, "\(partialPath) cannot be renamed to \(path): \(errorText())")
            }
            try Self.synchronizeFolder(of: path)
        }
        return checksum
    }

    func discard() async {
        let (handle, partialPath) = (self.handle, self.partialPath)
        // Whatever goes wrong here, the failure that led here is the one to be told.
        try? await withoutCancellation {
            try await Self.onDisk(partialPath) {
                try? handle.close()
                unlink(partialPath)
            }
        }
    }

    /// The new name is safe only when its folder is.
    private static func synchronizeFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY)
        guard descriptor >= 0 else { throw EtcdError(.fileSystem, "\(folder) cannot be opened: \(errorText())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw EtcdError(.fileSystem, "\(folder) cannot be synchronized: \(errorText())")
        }
    }

    /// Runs `body`, which may block, where nobody else waits for the thread.
    private static func onDisk<Result: Sendable>(
        _ path: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch let error where error is EtcdError || error is CancellationError {
            throw error
        } catch {
            throw EtcdError(.fileSystem, "\(path) cannot be written: \(error)", cause: error)
        }
    }
}

private func errorText() -> String { String(cString: strerror(errno)) }
