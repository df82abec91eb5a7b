import Crypto
import EtcdStorage
import Foundation
import Logging

extension EtcdServer {
    /// Saves all that a store holds which no process has open, in the form of `Maintenance/Snapshot`. The folder is locked
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - dataDirectory: The store's folder.
    ///   - path: The file; replaced if it is there.
    /// - Returns: False where the folder holds no store; then nothing is written.
    /// - Throws: ``EtcdServerError``: `locked` while a process has the store open.
    package static func saveSnapshot(ofStopped dataDirectory: String, to path: String, logger: Logger) async throws
        -> Bool
    {
        guard FileManager.default.fileExists(atPath: dataDirectory) else { return false }
        do {
            let files = try POSIXLogFiles(directory: dataDirectory)
            guard try StoreBackup.isStore(files) else {
                files.release()
                return false
            }
            let start = ContinuousClock.now
            let store: DurableStore
            do throws(StorageError) {
                store = try DurableStore(
                    files: files, now: { start.duration(to: .now) },
                    makeNumber: { UInt64.random(in: .min ... .max) }, logger: logger)
            } catch {
                files.release()
                throw error
            }
            do {
                try await Self.write(store, to: path)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
            return true
        } catch let error as StorageError {
            throw EtcdServerError(error)
        }
    }

    private static func write(_ store: DurableStore, to path: String) async throws {
        let made: Result<StoreBackup, StorageError> = await withCheckedContinuation { continuation in
            store.makeBackup { continuation.resume(returning: $0) }
        }
        let backup = try made.get()
        defer { backup.remove() }
        do {
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }  // synchronized before, where it matters
            var hash = SHA256()
            var offset = 0
            while offset < backup.size {
                let piece = try backup.read(at: offset, count: 1 << 20)
                guard !piece.isEmpty else { throw EtcdServerError(.storage, "The snapshot of \(path) is cut off.") }
                hash.update(data: piece)
                try file.write(contentsOf: piece)
                offset += piece.count
            }
            try file.write(contentsOf: Data(hash.finalize()))
            try file.synchronize()
        } catch let error as CocoaError {
            throw EtcdServerError(
                .storage, "Cannot write \(path): \(error.localizedDescription) Check the disk and the folder.")
        }
    }
}
