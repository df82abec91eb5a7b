import Glibc
import Synchronization

/// Renditions on disk, by their address: `<directory>/ab/<id>.jpg`. Everything in it can be thrown away and made again.
package final class RenditionCache: Sendable {
    private let directory: String
    private let pool: RenditionPool
    private let lock = KeyedLock<RenditionID>()
    private let bytesMaximum: Int
    private let scratch: String?
    /// What the workers had written when the folder was last looked through; `nil` before the first time.
    private let lastWritten = Mutex<Int?>(nil)

    /// - Parameters:
    ///   - directory: Where the finished ones are.
    ///   - scratch: Where unfinished ones are, on the same file system; what a crash leaves there may be removed.
    ///   - pool: The workers.
    ///   - bytesMaximum: How large it may grow before ``keepWithinLimit()`` throws out what was not used longest.
    package init(directory: String, scratch: String? = nil, pool: RenditionPool, bytesMaximum: Int = 20 << 30) {
        self.directory = directory
        self.scratch = scratch
        self.pool = pool
        self.bytesMaximum = bytesMaximum
    }

    /// Where a rendition is, or would be.
    package func path(of id: RenditionID) -> String { "\(self.directory)/\(id.text.prefix(2))/\(id.text).jpg" }

    /// What a worker is to make for this address; its directory is there.
    package func output(_ id: RenditionID, recipe: RenditionRecipe) throws -> RenditionPool.Output {
        let path = self.path(of: id)
        try DurableFile.makeDirectory(DurableFile.parent(of: path))
        return RenditionPool.Output(recipe: recipe, destination: path, scratch: self.scratch)
    }

    /// A rendition's file, if it is there; then it counts as used.
    package func file(_ id: RenditionID) -> (path: String, byteCount: Int)? {
        let path = self.path(of: id)
        guard let size = DurableFile.size(of: path) else { return nil }
        Self.touch(path)
        return (path, size)
    }

    /// Makes those of a photo's renditions that are not there, all from one decode. What another task makes just now is
    /// waited for, not made twice.
    ///
    /// - Parameters:
    ///   - wanted: At most 16, each once.
    ///   - source: The original's path.
    ///   - name: What people call the photo, for messages.
    /// - Returns: The bytes of each, in their order.
    /// - Throws: ``RenditionError``, or `CancellationError`.
    package func makeMissing(_ wanted: [RenditionCut], source: String, name: String) async throws -> [Int] {
        do {
            // In one order everywhere, so that no two tasks wait for each other.
            let ordered = wanted.map(\.id).sorted { $0.text < $1.text }
            return try await self.holding(ordered[...]) {
                let missing = wanted.filter { DurableFile.size(of: self.path(of: $0.id)) == nil }
                if !missing.isEmpty {
                    let outputs = try missing.map { try self.output($0.id, recipe: $0.recipe) }
                    _ = try await self.pool.render(source, name: name, outputs)
                }
                return wanted.map { DurableFile.size(of: self.path(of: $0.id)) ?? 0 }
            }
        } catch is AsyncSemaphore.TooManyWaiting {
            throw RenditionError(.busy, "Too many are waiting for “\(name)”. Try again in a minute.")
        } catch let failure as DurableFile.Failure {
            throw RenditionError(
                failure.isDiskFull ? .diskFull : .destinationUnwritable,
                "The picture made from “\(name)” cannot be stored: \(failure).", cause: failure)
        }
    }

    private func holding<Result>(
        _ ids: ArraySlice<RenditionID>, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let first = ids.first else { return try await body() }
        return try await self.lock.withLock(first) { try await self.holding(ids.dropFirst(), body) }
    }

    /// Removes a rendition; fine if there is none.
    package func remove(_ id: RenditionID) throws { try DurableFile.remove(self.path(of: id)) }

    // MARK: The limit

    /// Throws out what was not used for the longest time once the limit is passed, down to nine tenths of it. Cheap
    /// while little was written since the last time.
    ///
    /// - Returns: How many files went.
    @discardableResult
    package func keepWithinLimit() async throws -> Int {
        let written = self.pool.bytesWritten
        let isDue = self.lastWritten.withLock { last in
            guard let known = last, written - known < max(self.bytesMaximum / 20, 1) else {
                last = written
                return true
            }
            return false
        }
        guard isDue else { return 0 }
        return try await BlockingWork.run { [directory, bytesMaximum] in
            var files = try Self.files(in: directory)
            var total = files.reduce(0) { $0 + $1.byteCount }
            guard total > bytesMaximum else { return 0 }
            files.sort { $0.used < $1.used }
            var gone = 0
            for file in files where total > bytesMaximum / 10 * 9 {
                try DurableFile.remove(file.path)
                total -= file.byteCount
                gone += 1
            }
            return gone
        }
    }

    private struct File {
        let path: String
        let byteCount: Int
        let used: Int
    }

    private static func files(in directory: String) throws -> [File] {
        var files: [File] = []
        for folder in try Self.names(in: directory) {
            for name in (try? Self.names(in: "\(directory)/\(folder)")) ?? [] {
                let path = "\(directory)/\(folder)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                files.append(File(path: path, byteCount: Int(status.st_size), used: Int(status.st_mtim.tv_sec)))
            }
        }
        return files
    }

    private static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else { throw DurableFile.Failure("list", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// A file's time of change says when it was used, to a day: its bytes never change, and a write for each look would
    /// wear out a memory card.
    private static func touch(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > 86_400 else { return }
        utimensat(AT_FDCWD, path, nil, 0)
    }
}
