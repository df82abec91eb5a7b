import Foundation
import Glibc
import Logging
import Synchronization

/// The pictures on the display's own disk, so that it plays without a network. Bounded; those used longest ago go
/// first.
package final class PhotoCache: Sendable {
    private struct Entry {
        var bytes: Int64
        /// Counts uses; the lowest was used longest ago.
        var lastUse: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var bytes: Int64 = 0
        var uses: UInt64 = 0
    }

    package let limitBytes: Int64
    private let folder: String
    private let logger: Logger
    private let state: Mutex<State>

    /// Takes stock of what is there; half-fetched files of an earlier start are removed.
    package init(_ folder: ViewerFolder, limitBytes: Int64, logger: Logger) {
        self.folder = folder.photosFolder
        self.limitBytes = limitBytes
        self.logger = logger
        var state = State()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.photosFolder)) ?? []
        var found: [(name: String, bytes: Int64, modified: Date)] = []
        for name in names {
            let path = "\(folder.photosFolder)/\(name)"
            guard name.hasSuffix(".jpg"), let facts = try? FileManager.default.attributesOfItem(atPath: path),
                let bytes = facts[.size] as? Int64, bytes > 0
            else {
                unlink(path)
                continue
            }
            found.append((name, bytes, facts[.modificationDate] as? Date ?? .distantPast))
        }
        for file in found.sorted(by: { $0.modified < $1.modified }) {
            state.uses += 1
            state.bytes += file.bytes
            state.entries[file.name] = Entry(bytes: file.bytes, lastUse: state.uses)
        }
        self.state = Mutex(state)
    }

    /// All bytes of all pictures here.
    package var bytes: Int64 { self.state.withLock { $0.bytes } }

    /// The paths of all pictures here.
    var files: [String] { self.state.withLock { $0.entries.keys.sorted() }.map { "\(self.folder)/\($0)" } }

    /// Bytes of a picture here, on average; 0 while there is none.
    package var averageBytes: Double {
        self.state.withLock { $0.entries.isEmpty ? 0 : Double($0.bytes) / Double($0.entries.count) }
    }

    package func contains(_ content: PhotoContent) -> Bool {
        self.state.withLock { $0.entries[content.fileName] != nil }
    }

    /// Where the picture is, or would be.
    package func path(of content: PhotoContent) -> String { "\(self.folder)/\(content.fileName)" }

    /// Where to put a picture while it arrives; ``add(_:from:keeping:)`` takes it from there.
    package func temporaryPath(for content: PhotoContent) -> String { self.path(of: content) + ".part" }

    /// Notes that the picture is shown. The file's time keeps the order over a restart.
    package func touch(_ content: PhotoContent) {
        self.state.withLock { state in
            state.uses += 1
            state.entries[content.fileName]?.lastUse = state.uses
        }
        utimensat(AT_FDCWD, self.path(of: content), nil, 0)
    }

    /// Takes a whole, checked file in, durably, and lets others go to stay within the limit.
    ///
    /// - Parameter keeping: Never let go: what is shown now or next.
    /// - Returns: The pictures' files that had to go.
    /// - Throws: ``ViewerError`` with code `storage`.
    package func add(
        _ content: PhotoContent, from temporary: String, keeping: Set<PhotoContent>
    ) throws(ViewerError) -> Set<String> {
        var facts = stat()
        guard stat(temporary, &facts) == 0 else {
            throw ViewerError(.storage, "cannot find \(temporary): \(String(cString: strerror(errno)))")
        }
        let name = content.fileName
        let kept = Set(keeping.map(\.fileName)).union([name])
        let leaving = self.state.withLock { state -> Set<String> in
            state.uses += 1
            state.bytes += Int64(facts.st_size) - (state.entries[name]?.bytes ?? 0)
            state.entries[name] = Entry(bytes: Int64(facts.st_size), lastUse: state.uses)
            var leaving: Set<String> = []
            guard state.bytes > self.limitBytes else { return leaving }
            for (name, entry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse })
            where !kept.contains(name) && state.bytes > self.limitBytes {
                state.entries[name] = nil
                state.bytes -= entry.bytes
                leaving.insert(name)
            }
            return leaving
        }
        // Room first: a disk that is nearly full must not have to hold both.
        for name in leaving { self.unlinkFile(name) }
        do {
            try AtomicFile.commit(temporary, to: self.path(of: content))
        } catch {
            self.forget(name)
            throw error
        }
        return leaving
    }

    /// Removes a picture that turned out damaged.
    package func remove(_ content: PhotoContent) {
        self.forget(content.fileName)
        self.unlinkFile(content.fileName)
    }

    /// Forgets everything, after the files were removed.
    package func forgetAll() { self.state.withLock { $0 = State() } }

    private func forget(_ name: String) {
        self.state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: name) else { return }
            state.bytes -= entry.bytes
        }
    }

    private func unlinkFile(_ name: String) {
        guard unlink("\(self.folder)/\(name)") != 0, errno != ENOENT else { return }
        self.logger.error(
            "a cached photo could not be removed",
            metadata: ["file": "\(name)", "error": "\(String(cString: strerror(errno)))"])
    }
}
