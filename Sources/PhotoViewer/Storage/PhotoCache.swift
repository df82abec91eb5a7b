import Foundation
import Glibc
import Logging
import Synchronization

/// The pictures on the display's own disk, so that it plays without a network. Bounded; those that will be shown last
/// go first. Each file is whole or not there, and its name tells what its bytes were.
package final class PhotoCache: Sendable {
    private struct Entry {
        /// Of the file, within the folder.
        var file: String
        var bytes: Int64
        /// Counts uses; the lowest was used longest ago.
        var lastUse: UInt64
        /// The use that was a showing; 0 when there was none.
        var lastShown: UInt64 = 0
    }

    private struct State {
        /// By ``PhotoContent/cacheKey``.
        var entries: [String: Entry] = [:]
        var bytes: Int64 = 0
        var uses: UInt64 = 0
        var order = EvictionOrder()

        mutating func remove(_ key: String) -> Entry? {
            guard let entry = self.entries.removeValue(forKey: key) else { return nil }
            self.bytes -= entry.bytes
            return entry
        }

        /// Takes out what goes first until `bytes` are free.
        mutating func evict(_ bytes: Int64, keeping: Set<String>) -> [String: Entry] {
            var (freed, evicted): (Int64, [String: Entry]) = (0, [:])
            let candidates = self.entries.filter { !keeping.contains($0.key) }.map { key, entry in
                EvictionOrder.Candidate(key: key, lastUse: entry.lastUse, lastShown: entry.lastShown)
            }
            for key in self.order.sorted(candidates) {
                guard freed < bytes, let entry = self.remove(key) else { break }
                freed += entry.bytes
                evicted[key] = entry
            }
            return evicted
        }
    }

    package let limitBytes: Int64
    private let folder: String
    private let logger: Logger
    private let state: Mutex<State>

    /// Takes stock of what is there.
    ///
    /// - Parameter cleans: Whether half-fetched files of an earlier start, and whatever else is no picture, are removed.
    package init(_ folder: ViewerFolder, limitBytes: Int64, cleans: Bool = true, logger: Logger) {
        self.folder = folder.photosFolder
        self.limitBytes = limitBytes
        self.logger = logger
        var state = State()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.photosFolder)) ?? []
        var found: [(key: String, file: String, bytes: Int64, modified: Date)] = []
        for name in names {
            let path = "\(folder.photosFolder)/\(name)"
            guard let key = PhotoFile.parse(name)?.key,
                let facts = try? FileManager.default.attributesOfItem(atPath: path),
                let bytes = facts[.size] as? Int64, bytes > 0
            else {
                // Half of a picture, or one of a version that kept no digest.
                if cleans { unlink(path) }
                continue
            }
            found.append((key, name, bytes, facts[.modificationDate] as? Date ?? .distantPast))
        }
        for file in found.sorted(by: { $0.modified < $1.modified }) {
            state.uses += 1
            state.bytes += file.bytes
            state.entries[file.key] = Entry(file: file.file, bytes: file.bytes, lastUse: state.uses)
        }
        self.state = Mutex(state)
    }

    /// All bytes of all pictures here.
    package var bytes: Int64 { self.state.withLock { $0.bytes } }

    /// The paths of all pictures here.
    var files: [String] {
        self.state.withLock { $0.entries.values.map(\.file).sorted() }.map { "\(self.folder)/\($0)" }
    }

    /// Bytes of a picture here, on average; 0 while there is none.
    package var averageBytes: Double {
        self.state.withLock { $0.entries.isEmpty ? 0 : Double($0.bytes) / Double($0.entries.count) }
    }

    package func contains(_ content: PhotoContent) -> Bool {
        self.state.withLock { $0.entries[content.cacheKey] != nil }
    }

    /// Where the picture is, or, when it is not here, where nothing is.
    package func path(of content: PhotoContent) -> String {
        let file = self.state.withLock { $0.entries[content.cacheKey]?.file }
        return "\(self.folder)/\(file ?? content.cacheKey + PhotoFile.suffix)"
    }

    /// Where to put a picture while it arrives; ``add(_:from:keeping:)`` takes it from there.
    package func temporaryPath(for content: PhotoContent) -> String { "\(self.folder)/\(content.cacheKey).part" }

    /// Notes that the picture is shown. The file's time keeps the order over a restart.
    package func touch(_ content: PhotoContent) {
        let file = self.state.withLock { state in
            state.uses += 1
            state.entries[content.cacheKey]?.lastUse = state.uses
            state.entries[content.cacheKey]?.lastShown = state.uses
            return state.entries[content.cacheKey]?.file
        }
        if let file { utimensat(AT_FDCWD, "\(self.folder)/\(file)", nil, 0) }
    }

    /// Takes in the playlist, by which it is decided what goes first.
    func list(_ keys: Set<String>) { self.state.withLock { $0.order.listed = keys } }

    /// Takes in what comes next, soonest first.
    func expect(_ contents: [PhotoContent]) {
        let keys = contents.map(\.cacheKey)
        self.state.withLock { $0.order.upcoming = keys }
    }

    /// Takes a whole, checked file in, durably, and lets others go to stay within the limit.
    ///
    /// - Parameter keeping: Never let go: what is shown now or next.
    /// - Returns: The keys of the pictures that had to go.
    /// - Throws: ``ViewerError`` with code `storage`.
    package func add(
        _ content: PhotoContent, from temporary: String, keeping: Set<PhotoContent>
    ) throws(ViewerError) -> Set<String> {
        var facts = stat()
        guard stat(temporary, &facts) == 0 else {
            throw ViewerError(.storage, "cannot find \(temporary): \(String(cString: strerror(errno)))")
        }
        let (key, bytes) = (content.cacheKey, Int64(facts.st_size))
        let file = PhotoFile.name(key: key, digest: try PhotoFile.digest(of: temporary))
        let kept = Set(keeping.map(\.cacheKey)).union([key])
        let (evicted, replaced) = self.state.withLock { state -> ([String: Entry], Entry?) in
            let replaced = state.remove(key)
            let evicted = state.evict(state.bytes + bytes - self.limitBytes, keeping: kept)
            state.uses += 1
            state.bytes += bytes
            state.entries[key] = Entry(file: file, bytes: bytes, lastUse: state.uses)
            return (evicted, replaced)
        }
        // Room first: a disk that is nearly full must not have to hold both.
        for entry in evicted.values { self.unlinkFile(entry.file) }
        do {
            try AtomicFile.commit(temporary, to: "\(self.folder)/\(file)")
        } catch {
            self.forget(key)
            throw error
        }
        if let replaced, replaced.file != file { self.unlinkFile(replaced.file) }
        return Set(evicted.keys)
    }

    /// Lets pictures go until `bytes` are free, because the disk is full.
    ///
    /// - Returns: The keys of those that had to go.
    func makeRoom(_ bytes: Int64, keeping: Set<PhotoContent>) -> Set<String> {
        let kept = Set(keeping.map(\.cacheKey))
        let evicted = self.state.withLock { $0.evict(bytes, keeping: kept) }
        for entry in evicted.values { self.unlinkFile(entry.file) }
        return Set(evicted.keys)
    }

    /// Removes a picture that turned out damaged.
    package func remove(_ content: PhotoContent) {
        if let entry = self.forget(content.cacheKey) { self.unlinkFile(entry.file) }
    }

    /// Forgets everything, after the files were removed.
    package func forgetAll() { self.state.withLock { $0 = State() } }

    @discardableResult
    private func forget(_ key: String) -> Entry? { self.state.withLock { $0.remove(key) } }

    private func unlinkFile(_ name: String) {
        guard unlink("\(self.folder)/\(name)") != 0, errno != ENOENT else { return }
        self.logger.error(
            "a cached photo could not be removed",
            metadata: ["file": "\(name)", "error": "\(String(cString: strerror(errno)))"])
    }
}
