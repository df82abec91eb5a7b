import Foundation
import GRDB
import Logging
import Renditions

/// Photos, albums, displays and accounts: the database that is the truth, and the files beside it.
///
/// Its folder holds `library.sqlite`, `originals/` (never changed), `renditions/` (a cache) and `incoming/`. Every
/// method may be called from any task. A change is durable when the method that made it returns.
package final class PhotoLibrary: Sendable {
    let pool: DatabasePool
    let files: LibraryFiles
    let workers: RenditionPool
    let cache: RenditionCache
    let hub = LibraryChangeHub()
    let ingestLock = KeyedLock<String>()
    let playlists = PlaylistCache()
    let logger: Logger
    let now: @Sendable () -> Date
    let timeZone: TimeZone
    let maximumOriginalBytes: Int
    let observe: @Sendable (IngestStep) throws -> Void
    private let lock: DirectoryLock

    /// Opens or creates a library, brings its database up to date, and clears what a crash left behind.
    ///
    /// - Parameters:
    ///   - directory: The server's data folder; created if missing.
    ///   - renditions: The workers that read and cut photos.
    ///   - maximumOriginalBytes: The largest file that is taken in.
    ///   - maximumCacheBytes: How large the renditions may grow together, roughly; see ``keepCacheSmall()``.
    ///   - now: The clock, in wall time.
    ///   - timeZone: Where displays hang that do not say.
    ///   - observingIngest: Called after each step of an ingest; what it throws, the step throws.
    ///   - logger: For what happens without anybody asking.
    /// - Throws: ``PhotoLibraryError``: `inUse`, or `storage` with what to do.
    package init(
        directory: String, renditions: RenditionPool, maximumOriginalBytes: Int = 512 << 20,
        maximumCacheBytes: Int = 20 << 30,
        now: @escaping @Sendable () -> Date = { Date() }, timeZone: TimeZone = .current,
        observingIngest: @escaping @Sendable (IngestStep) throws -> Void = { _ in }, logger: Logger
    ) async throws {
        let files = LibraryFiles(directory: directory)
        guard !LibraryBackup.isUnfinished(directory) else {
            throw PhotoLibraryError(
                .storage, "A restore into \(directory) was interrupted. Run it again: it goes on where it stopped.")
        }
        do {
            try files.makeDirectories()
        } catch {
            throw PhotoLibraryError(
                .storage, "The data folder \(directory) cannot be made: \(error). Choose another, or make it writable.",
                cause: error)
        }
        self.lock = try DirectoryLock(
            path: files.lock, directory: directory,
            inUse:
                "The data folder \(directory) is in use by another photoserver. Stop that one first, or use another folder."
        )
        do {
            self.pool = try await BlockingWork.run { try Self.openDatabase(files.database) }
        } catch {
            throw PhotoLibraryError(
                .storage, "The library \(files.database) cannot be opened: \(error).", cause: error)
        }
        self.files = files
        self.workers = renditions
        self.cache = RenditionCache(
            directory: files.renditions, scratch: files.incoming, pool: renditions, bytesMaximum: maximumCacheBytes)
        self.logger = logger
        self.now = now
        self.timeZone = timeZone
        self.maximumOriginalBytes = maximumOriginalBytes
        self.observe = observingIngest
        try await self.clearLeftovers()
    }

    /// Ends all change streams and closes the database. Nothing may be called afterwards.
    package func close() throws {
        self.hub.finish()
        defer { self.lock.release() }
        try self.pool.close()
    }

    /// Changes committed from now on, coalesced; see ``LibraryChange``. Any number of subscribers.
    package func changes() -> LibraryChanges { self.hub.subscribe() }

    private static func openDatabase(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB lowers this to NORMAL when it turns WAL on; then a commit that was answered could vanish with the power.
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw DatabaseError(message: "synchronous = FULL was not accepted")
            }
        }
        try LibraryMigrations.migrator.migrate(pool)
        return pool
    }

    // MARK: Access

    /// Reads one consistent state.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await self.pool.read(body)
        } catch let error as DatabaseError {
            throw Self.storageError(error)
        }
    }

    /// Commits what `body` does, all or nothing, then tells the subscribers the change that it noted.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database, inout LibraryChange) throws -> Value
    ) async throws -> Value {
        let steps = LibraryTransaction.steps
        do {
            let (value, change) = try await self.pool.write { db in
                for step in steps { try step.run(db) }
                var change = LibraryChange()
                let value = try body(db, &change)
                return (value, change)
            }
            self.hub.post(change)
            return value
        } catch let error as DatabaseError {
            throw Self.storageError(error)
        }
    }

    private static func storageError(_ error: DatabaseError) -> PhotoLibraryError {
        if error.resultCode == .SQLITE_FULL {
            return PhotoLibraryError(
                .diskFull, "The disk that holds the library is full. Free some space and try again.", cause: error)
        }
        // Without the statement's arguments: they may hold hashes of secrets.
        let text = error.message ?? "result code \(error.resultCode.rawValue)"
        return PhotoLibraryError(.storage, "The library's database failed: \(text).", cause: error)
    }
}
