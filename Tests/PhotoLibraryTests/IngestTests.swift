import Foundation
@testable import PhotoLibrary
import Renditions
import Synchronization
import TestSupport
import Testing

struct IngestTests {
    @Test func aRealPhotographComesInWithItsFactsItsThumbnailAndItsOriginalUntouched() async throws {
        try await withLibrary { (library, folder) async throws in
            let outcome = try await library.ingest(file: realPhoto)
            guard case .added(let photo) = outcome else {
                Issue.record("not added: \(outcome)")
                return
            }
            #expect(photo.name == "Dune.jpg")
            #expect(photo.format == .jpeg)
            #expect(photo.width == 1680 && photo.height == 1050)
            #expect(photo.takenLocal == "2007-08-06T10:29:13")
            #expect(photo.camera == "Canon EOS DIGITAL REBEL")
            let original = "\(folder)/data/originals/\(photo.contentHash.prefix(2))/\(photo.contentHash).jpg"
            #expect(FileManager.default.contentsEqual(atPath: original, andPath: realPhoto))
            let thumbnail = try Picture(jpeg: try await library.thumbnailFile(photo).path)
            #expect(thumbnail.width == 480 && thumbnail.height == 300)
            #expect(try filesIn("\(folder)/data/incoming") == [])
        }
    }

    @Test func anUploadThatArrivesInPiecesIsTheSameAsTheFile() async throws {
        try await withLibrary { (library, folder) async throws in
            let source = "\(folder)/a.jpg"
            try TestPhoto.make(source)
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: source)))
            let (stream, continuation) = AsyncStream<ArraySlice<UInt8>>.makeStream()
            for start in stride(from: 0, to: bytes.count, by: 100) {
                continuation.yield(bytes[start..<min(start + 100, bytes.count)])
            }
            continuation.finish()
            let added = try await library.ingest(stream, filename: "a.jpg").photo
            #expect(added.byteCount == bytes.count)
            guard case .duplicate(let same) = try await library.ingest(file: source, filename: "other.jpg") else {
                Issue.record("the same bytes were taken for another photo")
                return
            }
            #expect(same.id == added.id)
        }
    }

    @Test func aDuplicateIsRecognisedAndStillJoinsTheAlbum() async throws {
        try await withLibrary { (library, folder) async throws in
            let album = try await library.createAlbum(named: "Both")
            let photo = try await TestPhoto.add(to: library, folder: folder, named: "one.jpg")
            let again = try await TestPhoto.add(to: library, folder: folder, named: "two.jpg", album: album.id)
            #expect(again.id == photo.id)
            #expect(try await library.photoCount() == 1)
            #expect(try await library.photos(album: album.id).photos.map(\.id) == [photo.id])
        }
    }

    @Test func theSameFileUploadedManyTimesAtOnceIsOnePhoto() async throws {
        try await withLibrary { (library, folder) async throws in
            let source = "\(folder)/a.jpg"
            try TestPhoto.make(source)
            let ids = try await withThrowingTaskGroup(of: (PhotoID, Bool).self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let outcome = try await library.ingest(file: source, filename: "\(number).jpg")
                        if case .added = outcome { return (outcome.photo.id, true) }
                        return (outcome.photo.id, false)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids.map(\.0)).count == 1)
            #expect(ids.filter(\.1).count == 1)
            #expect(try filesIn("\(folder)/data/incoming") == [])
            #expect(try filesIn("\(folder)/data/originals").count == 1)
        }
    }

    struct BadFile: CustomTestStringConvertible, Sendable {
        let name: String
        let code: PhotoLibraryError.Code
        let bytes: @Sendable () throws -> Data
        var testDescription: String { self.name }
    }

    static let badFiles: [BadFile] = [
        BadFile(name: "nothing.jpg", code: .empty) { Data() },
        BadFile(name: "text.jpg", code: .unsupportedFormat) { Data("Dear diary".utf8) },
        BadFile(name: "page.html", code: .unsupportedFormat) { Data("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8) },
        BadFile(name: "short.jpg", code: .damaged) {
            try Data(contentsOf: URL(fileURLWithPath: realPhoto)).prefix(90_000)
        },
        BadFile(name: "long.jpg", code: .tooLarge) { Data(count: 2 << 20) },
    ]

    @Test(arguments: badFiles)
    func aBadFileIsRefusedByNameAndLeavesNothing(file: BadFile) async throws {
        try await withLibrary(maximumOriginalBytes: 1 << 20) { (library, folder) async throws in
            let path = "\(folder)/bad"
            try file.bytes().write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.ingest(file: path, filename: file.name)
            }
            #expect(error?.code == file.code)
            #expect(error?.message.contains(file.name) == true)
            #expect(error?.message.contains(folder) == false, "a message is no place for the server's paths")
            #expect(try await library.photoCount() == 0)
            #expect(try filesIn("\(folder)/data") == [])
        }
    }

    @Test func anUploadThatBreaksOffLeavesNothing() async throws {
        struct ConnectionLost: Error {}
        try await withLibrary { (library, folder) async throws in
            let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            continuation.yield(Array(repeating: 0xFF, count: 10_000))
            continuation.finish(throwing: ConnectionLost())
            await #expect(throws: ConnectionLost.self) { try await library.ingest(stream, filename: "a.jpg") }
            #expect(try filesIn("\(folder)/data") == [])
        }
    }

    @Test func anUploadIntoAnAlbumThatIsGoneLeavesNothing() async throws {
        try await withLibrary { (library, folder) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await TestPhoto.add(to: library, folder: folder, album: AlbumID(77))
            }
            #expect(error?.code == .notFound)
            #expect(try await library.photoCount() == 0)
            #expect(try filesIn("\(folder)/data") == [])
        }
    }

    /// A failure in the running process cleans up at once.
    @Test(arguments: IngestStep.allCases)
    func whenAStepFailsThereIsAllOfThePhotoOrNothing(step: IngestStep) async throws {
        let failing = Mutex(true)
        let fail: @Sendable (IngestStep) throws -> Void = { reached in
            if reached == step && failing.withLock({ $0 }) {
                throw DurableFile.Failure("write", "somewhere", errorNumber: ENOSPC)
            }
        }
        try await withLibrary(observing: fail) { (library, folder) async throws in
            let source = "\(folder)/a.jpg"
            try TestPhoto.make(source)
            let error = await #expect(throws: PhotoLibraryError.self) { try await library.ingest(file: source) }
            #expect(error?.code == .diskFull)
            let isKept = step == .committed || step == .finished
            #expect(try await library.photoCount() == (isKept ? 1 : 0))
            #expect(try filesIn("\(folder)/data").count == (isKept ? 2 : 0))
            failing.withLock { $0 = false }
            let photo = try await library.ingest(file: source).photo
            #expect(photo.name == "a.jpg")
            #expect(try filesIn("\(folder)/data").count == 2)
        }
    }

    /// What a kill leaves on disk is what was there at that moment: a copy of it is opened by the next process.
    @Test(arguments: IngestStep.allCases)
    func afterACrashBehindAStepThereIsAllOfThePhotoOrNothing(step: IngestStep) async throws {
        try await withTemporaryFolder { folder in
            let crashed = "\(folder)/crashed"
            try FileManager.default.createDirectory(atPath: crashed, withIntermediateDirectories: true)
            let copy: @Sendable (IngestStep) throws -> Void = { reached in
                guard reached == step else { return }
                try FileManager.default.copyItem(atPath: "\(folder)/data", toPath: "\(crashed)/data")
            }
            let source = "\(folder)/a.jpg"
            try TestPhoto.make(source)
            try await withLibrary(in: folder, observing: copy) { (library, _) async throws in
                _ = try await library.ingest(file: source)
            }
            try await withLibrary(in: crashed) { (library, _) async throws in
                let isKept = step == .committed || step == .finished
                #expect(try await library.photoCount() == (isKept ? 1 : 0))
                #expect(try filesIn("\(crashed)/data").count == (isKept ? 2 : 0))
                let again = try await library.ingest(file: source)
                if case .duplicate = again { #expect(isKept) } else { #expect(!isKept) }
                #expect(try filesIn("\(crashed)/data").count == 2)
                #expect(try Picture(jpeg: try await library.thumbnailFile(again.photo).path).width == 96)
            }
        }
    }

    @Test func aWorkerThatCannotStartIsAMessageAndLeavesNothing() async throws {
        try await withLibrary(worker: .init(executable: "/nonexistent/photoserver")) { (library, folder) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await TestPhoto.add(to: library, folder: folder)
            }
            #expect(error?.code == .workerFailed)
            #expect(try filesIn("\(folder)/data") == [])
        }
    }

    @Test(arguments: [
        ("IMG_1.jpg", "IMG_1.jpg"), ("a.JPEG", "a.JPEG"), ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\b.jpg", "b.jpg"), ("photo.png", "photo.png.jpg"), (".hidden.jpg", "hidden.jpg"),
        ("", "photo.jpg"),
        ("...", "photo.jpg"), ("line\nbreak\u{202E}gpj.jpg", "linebreakgpj.jpg"), ("a:b?.jpg", "a:b?.jpg"),
        (String(repeating: "x", count: 300) + ".jpg", String(repeating: "x", count: 96) + ".jpg"),
        ("Ärger & <Co>.jpg", "Ärger & <Co>.jpg"),
    ])
    func aPhotosNameIsSafeAsAFileName(filename: String, name: String) async throws {
        #expect(PhotoName.wanted(from: filename, format: .jpeg) == name)
    }

    @Test func photosFromTheSameNumberedCameraGetNamesOfTheirOwn() async throws {
        try await withLibrary { (library, folder) async throws in
            var names: [String] = []
            for seed in 1...3 {
                names.append(try await TestPhoto.add(to: library, folder: folder, named: "IMG_1.jpg", seed: seed).name)
            }
            names.append(try await TestPhoto.add(to: library, folder: folder, named: "img_1.JPG", seed: 4).name)
            #expect(names == ["IMG_1.jpg", "IMG_1-2.jpg", "IMG_1-3.jpg", "img_1-4.JPG"])
            #expect(try await library.photo(named: "IMG_1-2.JPG")?.name == "IMG_1-2.jpg")
        }
    }
}
