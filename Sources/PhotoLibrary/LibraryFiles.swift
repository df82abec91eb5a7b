import Renditions

/// Where a library keeps its files. Every name is made from a hash or a number, never from what somebody typed.
struct LibraryFiles: Sendable {
    let directory: String

    var database: String { "\(self.directory)/library.sqlite" }
    /// Held while a process has the library open.
    var lock: String { "\(self.directory)/library.lock" }
    /// There while a restore is under way.
    var unfinishedRestore: String { "\(self.directory)/restore.unfinished" }
    /// Uploads on their way in, and markers of steps that a crash may have cut short.
    var incoming: String { "\(self.directory)/incoming" }
    /// What other processes on this machine hand over.
    var handOver: String { "\(self.directory)/handover" }
    var originals: String { "\(self.directory)/originals" }
    var renditions: String { "\(self.directory)/renditions" }

    /// An original, by its content: `originals/ab/<sha256>.jpg`.
    func original(contentHash: String, format: PhotoFormat) -> String {
        "\(self.originals)/\(contentHash.prefix(2))/\(contentHash).\(format.fileExtension)"
    }

    /// Says that the database and the files of this content may differ: an ingest or a deletion is under way. Its lines
    /// are the renditions that go with the photo, besides those that every photo has.
    func marker(contentHash: String) -> String { "\(self.incoming)/\(contentHash)\(Self.markerSuffix)" }

    static let markerSuffix = ".pending"
    static let uploadSuffix = ".upload"
    /// Of renditions that a worker has not finished.
    static let renditionSuffix = ".part"

    func makeDirectories() throws {
        for path in [self.directory, self.incoming, self.originals, self.renditions] {
            try DurableFile.makeDirectory(path)
        }
    }
}
