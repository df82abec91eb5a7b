extension PhotoLibrary {
    /// Takes in files of this machine, a few at a time, as decoding needs a processor each. They join the album in the
    /// order given all the same. After a break the same call goes on: what is known already joins the album, once.
    ///
    /// - Parameters:
    ///   - paths: The files.
    ///   - album: An album that they are appended to.
    ///   - parallel: How many at a time.
    ///   - whenDone: Called for each in the order given, with what became of it.
    /// - Throws: ``PhotoLibraryError`` for what is not one file's fault, such as a full disk, or what `whenDone` throws.
    ///   Those before it are in.
    package func ingest(
        files paths: some Sequence<String> & Sendable, into album: AlbumID? = nil, parallel: Int = 2,
        whenDone: (String, Result<IngestOutcome, PhotoLibraryError>) async throws -> Void
    ) async throws {
        typealias Outcome = Result<IngestOutcome, PhotoLibraryError>
        try await withThrowingTaskGroup(of: (Int, String, Outcome).self) { group in
            var waiting: [Int: (String, Outcome)] = [:]
            var told = 0
            func takeNext() async throws {
                guard let (index, path, outcome) = try await group.next() else { return }
                waiting[index] = (path, outcome)
                while let (path, outcome) = waiting.removeValue(forKey: told) {
                    if let album, case .success(let photo) = outcome {
                        try await self.append(photo.photo.id, to: album)
                    }
                    try await whenDone(path, outcome)
                    told += 1
                }
            }
            for (index, path) in paths.enumerated() {
                // No further ahead than what is told: a slow file holds back as many as are at work.
                while index - told >= parallel { try await takeNext() }
                group.addTask {
                    do {
                        return (index, path, .success(try await self.ingest(file: path, later: album)))
                    } catch let error as PhotoLibraryError where error.isAboutTheFile {
                        return (index, path, .failure(error))
                    }
                }
            }
            while !group.isEmpty { try await takeNext() }
        }
    }

    /// Part of taking a photo in, not a change that somebody would undo.
    private func append(_ photo: PhotoID, to album: AlbumID) async throws {
        try await self.write { db, change in
            _ = try Self.requireHandmade(db, album)
            try Self.append(db, [photo], to: album, &change)
            try Self.refreshDerivedAlbums(db, photos: [photo], &change)
        }
    }
}
