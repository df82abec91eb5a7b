import Foundation
import Logging
import PhotoLibrary
import Renditions
import Synchronization
import TestSupport

/// Lends an open library in a folder of its own; closed and removed afterwards.
func withLibrary<Result>(
    in folder: String? = nil, worker: RenditionPool.Worker? = nil, maximumOriginalBytes: Int = 64 << 20,
    observing observe: @escaping @Sendable (IngestStep) throws -> Void = { _ in },
    _ body: (PhotoLibrary, String) async throws -> Result
) async throws -> Result {
    func run(_ folder: String) async throws -> Result {
        let worker = try worker ?? .init(executable: BuiltProgram.photoserver)
        let library = try await PhotoLibrary(
            directory: "\(folder)/data", renditions: RenditionPool(worker: worker),
            maximumOriginalBytes: maximumOriginalBytes, observingIngest: observe, logger: quietLogger)
        do {
            let result = try await body(library, folder)
            try library.close()
            return result
        } catch {
            try? library.close()
            throw error
        }
    }
    guard let folder else { return try await withTemporaryFolder { try await run($0) } }
    return try await run(folder)
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Files for tests, made here: small, and different for each seed.
enum TestPhoto {
    private static let isStarted = Mutex(false)

    static func make(_ path: String, width: Int = 96, height: Int = 64, seed: Int = 1) throws {
        try Self.isStarted.withLock { isStarted in
            if !isStarted { try PhotoImage.start(program: "tests") }
            isStarted = true
        }
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                let start = (y * width + x) * 3
                pixels[start] = UInt8(truncatingIfNeeded: x * 2 + seed * 31)
                pixels[start + 1] = UInt8(truncatingIfNeeded: y * 3 + seed * 17)
                pixels[start + 2] = UInt8(truncatingIfNeeded: (x + y) + seed * 7)
            }
        }
        try PhotoImage.fromRGB(pixels, width: width, height: height).saveJPEG(path, quality: 90)
    }

    /// Makes a photo and takes it in.
    static func add(
        to library: PhotoLibrary, folder: String, named name: String = "photo.jpg", width: Int = 96, height: Int = 64,
        seed: Int = 1, album: AlbumID? = nil
    ) async throws -> Photo {
        let path = "\(folder)/source-\(UUID().uuidString).jpg"
        try Self.make(path, width: width, height: height, seed: seed)
        return try await library.ingest(file: path, filename: name, into: album).photo
    }
}

/// A real photograph of Debian's package mate-backgrounds.
let realPhoto = "/usr/share/backgrounds/mate/nature/Dune.jpg"

/// Every file below a folder, as paths inside it, but the database's own.
func filesIn(_ folder: String) throws -> [String] {
    guard let names = FileManager.default.enumerator(atPath: folder) else { return [] }
    var files: [String] = []
    for case let name as String in names {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
        if !isFolder.boolValue && !name.hasPrefix("library.") { files.append(name) }
    }
    return files.sorted()
}

/// Lets a display in.
func addDisplay(
    _ library: PhotoLibrary, id: String = "hall", album: AlbumID? = nil, width: Int = 1920, height: Int = 1080
) async throws -> DisplayRecord {
    _ = try await library.admitDisplay(
        NewDisplay(id: id, name: id, secretHash: "secret of \(id)", width: width, height: height))
    return try await library.updateDisplay(id) { $0.albumID = album }
}
