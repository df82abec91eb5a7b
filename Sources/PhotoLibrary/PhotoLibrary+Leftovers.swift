import Foundation
import Glibc
import Logging
import Renditions

extension PhotoLibrary {
    /// Runs `body` while nothing else takes in or deletes the same content: their files would be the same ones.
    func holdingContent<Value>(
        _ contentHash: String, name: String, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await self.ingestLock.withLock(contentHash, body)
        } catch is AsyncSemaphore.TooManyWaiting {
            throw PhotoLibraryError(.busy, "“\(name)” is being taken in many times at once. Try again in a minute.")
        }
    }

    /// Runs file operations that wait for the disk, with errors that a person can act on.
    func onDisk<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await BlockingWork.run(body)
        } catch let failure as DurableFile.Failure {
            throw Self.storageError(failure, name: nil)
        }
    }

    static func storageError(_ failure: DurableFile.Failure, name: String?) -> PhotoLibraryError {
        let thing = name.map { "“\($0)”" } ?? "It"
        if failure.isDiskFull {
            return PhotoLibraryError(
                .diskFull,
                "\(thing) was not kept: the disk that holds the library is full. Free some space and try again.",
                cause: failure)
        }
        return PhotoLibraryError(.storage, "\(thing) was not kept: \(failure).", cause: failure)
    }

    /// Makes the files of one content agree with the database: with a row they stay, without one they go. The caller
    /// holds the content, or nothing else runs yet.
    ///
    /// What fails here stays marked, and the next start tries again.
    func settle(contentHash: String) async {
        do {
            let isKnown = try await self.uncancelled { library in
                try await library.read { try Self.fetchPhoto($0, contentHash: contentHash) != nil }
            }
            let (files, cache) = (self.files, self.cache)
            try await BlockingWork.run {
                let marker = files.marker(contentHash: contentHash)
                if !isKnown {
                    for format in PhotoFormat.allCases {
                        try DurableFile.remove(files.original(contentHash: contentHash, format: format))
                    }
                    for turn in RenditionRecipe.Rotation.allCases {
                        for recipe in [RenditionRecipe.thumbnail, .preview] {
                            try cache.remove(RenditionID(contentHash: contentHash, recipe: recipe.turned(by: turn)))
                        }
                    }
                    for line in try DurableFile.lines(ofMarker: marker) {
                        if let rendition = RenditionID(text: line) { try cache.remove(rendition) }
                    }
                }
                try DurableFile.remove(marker)
            }
        } catch {
            self.logger.error(
                "leftover files stay for now", metadata: ["content": "\(contentHash)", "error": "\(error)"])
        }
    }

    /// Clears what a crash left in `incoming/`. Proportional to what was under way then, not to the library.
    func clearLeftovers() async throws {
        let incoming = self.files.incoming
        let names = try await self.onDisk { try Self.names(in: incoming) }
        try await self.clearOldUploads(names)
        for name in names {
            let hash = name.hasSuffix(LibraryFiles.markerSuffix) ? name.dropLast(LibraryFiles.markerSuffix.count) : ""
            if HexText.isSHA256(hash) {
                await self.settle(contentHash: String(hash))
                self.logger.info("unfinished change cleared", metadata: ["content": "\(hash)"])
            } else if name.hasSuffix(LibraryFiles.uploadSuffix) || name.hasSuffix(LibraryFiles.renditionSuffix) {
                try await self.onDisk { try DurableFile.remove("\(incoming)/\(name)") }
                self.logger.info("unfinished file cleared", metadata: ["file": "\(name)"])
            }
        }
    }

    /// Lets `body` finish although the task it is called in may be cancelled: GRDB refuses to work in one.
    private func uncancelled<Value: Sendable>(
        _ body: @escaping @Sendable (PhotoLibrary) async throws -> Value
    ) async throws -> Value {
        try await Task { try await body(self) }.value
    }

    static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else { throw DurableFile.Failure("list", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
