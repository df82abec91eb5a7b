import Foundation
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct UploadTests {
    private func parts(_ data: Data) -> AsyncStream<Data> {
        AsyncStream { continuation in
            continuation.yield(data)
            continuation.finish()
        }
    }

    @Test func `an upload goes on where it stopped, also in the next process`() async throws {
        try await withTemporaryFolder { folder in
            let source = "\(folder)/a.jpg"
            try TestPhoto.make(source, width: 400, height: 300)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
            let id = try await withLibrary(in: folder) { library, _ in
                let session = try await library.beginUpload(filename: "a.jpg", size: bytes.count, album: nil)
                #expect(try await library.continueUpload(session.id, at: 0, self.parts(bytes.prefix(1_000))) == nil)
                let conflict = await #expect(throws: PhotoLibraryError.self) {
                    _ = try await library.continueUpload(session.id, at: 0, self.parts(bytes))
                }
                #expect(conflict?.code == .conflict)
                return session.id
            }
            try await withLibrary(in: folder) { library, _ in
                let offset = try await library.upload(id).offset
                #expect(offset == 1_000)
                let outcome = try await library.continueUpload(id, at: offset, self.parts(bytes.dropFirst(offset)))
                guard case .photo(.added(let photo)) = outcome else {
                    Issue.record("not added: \(String(describing: outcome))")
                    return
                }
                #expect(photo.name == "a.jpg" && photo.byteCount == bytes.count)
                #expect(try filesIn("\(folder)/data/incoming") == [])
                let gone = await #expect(throws: PhotoLibraryError.self) { _ = try await library.upload(id) }
                #expect(gone?.code == .notFound)
            }
        }
    }

    @Test(arguments: [
        "../../etc/passwd", "", "00000000-0000-0000-0000-000000000000", "A0B1C2D3-0000-0000-0000-000000000000",
    ])
    func `an upload that is none is not found, whatever it is called`(id: String) async throws {
        try await withLibrary { library, _ in
            let error = await #expect(throws: PhotoLibraryError.self) { _ = try await library.upload(id) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `a bad upload is refused and forgotten, one too large is refused at once`() async throws {
        try await withLibrary(maximumOriginalBytes: 1 << 20) { library, folder in
            let session = try await library.beginUpload(filename: "text.jpg", size: 4, album: nil)
            let error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.continueUpload(session.id, at: 0, self.parts(Data("text".utf8)))
            }
            #expect(error?.code == .unsupportedFormat)
            #expect(try filesIn("\(folder)/data/incoming") == [])
            let large = await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.beginUpload(filename: "a.jpg", size: 2 << 20, album: nil)
            }
            #expect(large?.code == .tooLarge)
            let more = try await library.beginUpload(filename: "a.jpg", size: 3, album: nil)
            await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.continueUpload(more.id, at: 0, self.parts(Data("four".utf8)))
            }
        }
    }

    /// Python's zipfile, which shares no code with ours.
    private func python(_ script: String, _ folder: String) async throws {
        let process = try ChildProcess(
            "python3", ["-c", "import os, zipfile\nos.chdir('\(folder)')\n\(script)"], log: "\(folder)/python.log")
        let status = try await process.finished()
        #expect(status == 0, "\(process.output)")
    }

    @Test func `the photos of a ZIP come in, whatever their paths say; what is none is named and left out`()
        async throws
    {
        try await withLibrary { library, folder in
            for seed in 1...3 { try TestPhoto.make("\(folder)/\(seed).jpg", seed: seed) }
            try await self.python(
                """
                with zipfile.ZipFile('a.zip', 'w') as z:
                    z.write('1.jpg', 'Holiday/one.jpg', zipfile.ZIP_DEFLATED)
                    z.write('2.jpg', '../../../../tmp/two.jpg', zipfile.ZIP_STORED)
                    z.write('1.jpg', 'again.jpg', zipfile.ZIP_DEFLATED)
                    z.write('3.jpg', '__MACOSX/._one.jpg')
                    z.writestr('Holiday/', '')
                    z.writestr('notes.txt', 'no photo')
                    with z.open(zipfile.ZipInfo('wide/ä.jpg'), 'w', force_zip64=True) as f:
                        f.write(open('3.jpg', 'rb').read())
                """, folder)
            let album = try await library.createAlbum(named: "Z").id
            let outcome = try await library.ingest(archive: "\(folder)/a.zip", name: "a.zip", into: album)
            #expect(outcome.added == 3 && outcome.known == 1)
            #expect(outcome.refused.map(\.name) == ["notes.txt"])
            #expect(Set(try await library.photos(album: album).photos.map(\.name)) == ["one.jpg", "two.jpg", "ä.jpg"])
            #expect(!FileManager.default.fileExists(atPath: "/tmp/two.jpg"))
        }
    }

    @Test func `a ZIP bomb, a torn and an encrypted ZIP do no harm`() async throws {
        try await withLibrary { library, folder in
            try TestPhoto.make("\(folder)/1.jpg")
            try await self.python(
                """
                with zipfile.ZipFile('bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
                    z.writestr('zeros.jpg', bytes(50 << 20))
                    z.write('1.jpg', 'good.jpg')
                data = bytearray(open('bomb.zip', 'rb').read())
                at = data.find(bytes([80, 75, 1, 2]))
                data[at + 24:at + 28] = (100).to_bytes(4, 'little')
                open('lying.zip', 'wb').write(data)
                open('torn.zip', 'wb').write(data[:len(data) // 2])
                data[at + 8] |= 1
                open('encrypted.zip', 'wb').write(data)
                data[at + 42:at + 46] = (0x7fffffff).to_bytes(4, 'little')
                data[at + 8] &= 254
                open('astray.zip', 'wb').write(data)
                """, folder)
            for name in ["bomb.zip", "lying.zip", "encrypted.zip", "astray.zip"] {
                let outcome = try await library.ingest(archive: "\(folder)/\(name)", name: name)
                #expect(outcome.added + outcome.known == 1 && outcome.refusedCount == 1, "\(name)")
            }
            let torn = await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.ingest(archive: "\(folder)/torn.zip", name: "torn.zip")
            }
            #expect(torn?.code == .damaged && torn?.message.contains("torn.zip") == true)
            #expect(try filesIn("\(folder)/data/incoming") == [])
            #expect(try await library.photoCount() == 1)
        }
    }
}
