import AsyncHTTPClient
import Foundation
import Glibc
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// What strangers may send, one after the other, to one running server: each gets an answer that names it, nothing is
/// left of it, and neither the server nor its workers outgrow what they may have.
@Suite(.serialized) struct HostileUploadTests {
    /// The server's own memory and a worker's address space, in bytes.
    private static let serverMaximum = 300 << 20
    private static let workerMaximum = 800 << 20

    /// Files by name, and which answers are right for each. Made by Python, which shares no code with ours.
    private static let corpus = #"""
        import os, struct, sys, zlib, zipfile, io
        folder, good = sys.argv[1], open(sys.argv[2], 'rb').read()
        def put(name, data): open(os.path.join(folder, name), 'wb').write(data)
        def chunk(kind, body):
            return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        def png(width, height, interlace=0, body=b''):
            head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, interlace)
            return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', body) + chunk(b'IEND', b'')
        def claim(data, width, height):
            at = max(data.rfind(b'\xff\xc0\x00\x11'), data.rfind(b'\xff\xc2\x00\x11'))
            return data[:at + 5] + struct.pack('>HH', height, width) + data[at + 9:]
        def packed(names):
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
                for name, data in names: z.writestr(name, data)
            return out.getvalue()
        def tiff(entries):
            body = struct.pack('<H', len(entries))
            for tag, kind, count, value in entries: body += struct.pack('<HHII', tag, kind, count, value)
            return b'II*\x00' + struct.pack('<I', 8) + body
        def exif(block):
            segment = b'Exif\x00\x00' + block
            return good[:2] + b'\xff\xe1' + struct.pack('>H', len(segment) + 2) + segment + good[2:]

        # Refused.
        put('text.jpg', b'Dear diary')
        put('random.jpg', bytes((i * 2654435761 >> 7) & 255 for i in range(50000)))
        put('one-byte.jpg', b'\xff')
        put('header-only.png', b'\x89PNG\r\n\x1a\n')
        put('huge-60000.png', png(60000, 60000))
        put('interlaced-20000.png', png(20000, 20000, 1, zlib.compress(bytes(60001))))
        put('claims-65500.jpg', claim(good, 65500, 65500))
        put('gif-65535.gif', b'GIF89a' + struct.pack('<HHBBB', 65535, 65535, 0, 0, 0) + b',' + struct.pack('<HHHHB', 0, 0, 65535, 65535, 0) + b'\x02\x02\x44\x01\x00;')
        put('tiff-60000.tif', tiff([(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 60000), (279, 4, 1, 3600000000 & 0xffffffff)]) + b'\x00' * 4)
        put('tiff-in-circles.tif', tiff([(256, 4, 1, 9)]) + struct.pack('<I', 8))
        put('webp-16384.webp', b'RIFF' + struct.pack('<I', 30) + b'WEBPVP8X' + struct.pack('<I', 10) + b'\x00' * 4 + b'\xff\x3f\x00\xff\x3f\x00' + b'VP8 ' + b'\x00' * 4)
        put('heic-rubbish.heic', struct.pack('>I', 24) + b'ftypheic' + b'\x00' * 12 + os.urandom(4000))
        put('pdf-then-jpeg.pdf', b'%PDF-1.4\n' + good)
        put('page-then-jpeg.html', b'<html><script>alert(1)</script>' + good)
        put('svg.jpg', b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
        put('cut.jpg', good[:len(good) // 2])
        put('bomb.png', png(12000, 12000, 1, zlib.compress(bytes(12000 * 36001))))
        # Taken for the picture that they are.
        put('jpeg-and-zip.jpg', good + packed([('evil.txt', b'x')]))
        put('jpeg-and-page.jpg', good + b'<script>alert(1)</script><?php system($_GET[0]); ?>')
        put('wrong-name.png', exif(tiff([(0x010e, 2, 1, 0)])))
        put('exif-in-circles.jpg', exif(tiff([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8)]) + struct.pack('<I', 8)))
        put('exif-beyond-the-end.jpg', exif(tiff([(0x010e, 2, 0xffffffff, 0xfffffff0), (0x8769, 4, 1, 0xffffffff), (0x0110, 2, 4000000000, 26)])))
        put('exif-many.jpg', exif(tiff([(0x010e, 2, 5, 0)] * 5000)))
        """#

    private static let refused: Set<String> = [
        "text.jpg", "random.jpg", "one-byte.jpg", "header-only.png", "huge-60000.png", "interlaced-20000.png",
        "claims-65500.jpg", "gif-65535.gif", "tiff-60000.tif", "tiff-in-circles.tif", "webp-16384.webp",
        "heic-rubbish.heic", "pdf-then-jpeg.pdf", "page-then-jpeg.html", "svg.jpg", "cut.jpg", "bomb.png",
    ]
    private static let taken: Set<String> = [
        "jpeg-and-zip.jpg", "jpeg-and-page.jpg", "wrong-name.png", "exif-in-circles.jpg", "exif-beyond-the-end.jpg",
        "exif-many.jpg",
    ]

    /// A field of `/proc/<pid>/status` in bytes.
    private static func status(_ process: Int32, _ field: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
            .flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }.map { $0 << 10 }
    }

    /// Looks at the workers while they live; they live for a tenth of a second.
    private static func watchWorkers(of server: Int32, _ largest: SharedMaximum) async {
        while !Task.isCancelled {
            // Each thread has its own.
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(server)/task")) ?? []
            let children = threads.map { thread in
                (try? String(contentsOfFile: "/proc/\(server)/task/\(thread)/children", encoding: .utf8)) ?? ""
            }.joined(separator: " ")
            for child in children.split(separator: " ").compactMap({ Int32($0) }) {
                guard let command = try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8),
                    command.contains("worker"), let size = Self.status(child, "VmPeak")
                else { continue }
                largest.note(size, of: child)
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private final class SharedMaximum: Sendable {
        private let state = Mutex<(most: Int, seen: Set<Int32>)>((0, []))
        func note(_ value: Int, of child: Int32) {
            self.state.withLock { state in
                state.most = max(state.most, value)
                state.seen.insert(child)
            }
        }
        var most: Int { self.state.withLock { $0.most } }
        var count: Int { self.state.withLock { $0.seen.count } }
    }

    private static func upload(
        _ path: String, named name: String, to server: RunningServer, _ headers: HTTPHeaders
    ) async throws -> (status: Int, detail: String) {
        var request = HTTPClientRequest(url: "\(server.base)/api/v1/photos?filename=\(name)")
        request.method = .POST
        request.headers = headers
        request.body = .bytes(ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: path))))
        let response = try await RunningServer.client.execute(request, timeout: .seconds(100))
        let body = Data(buffer: try await response.body.collect(upTo: 1 << 20))
        let json = try JSONSerialization.jsonObject(with: body) as? [String: Any]
        return (Int(response.status.code), json?["detail"] as? String ?? "")
    }

    private static func makeCorpus(_ folder: String) async throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/corpus", withIntermediateDirectories: true)
        try TestPhoto.make("\(folder)/good.jpg", width: 320, height: 200, seed: 3)
        try Data(Self.corpus.utf8).write(to: URL(fileURLWithPath: "\(folder)/corpus.py"))
        let python = try ChildProcess(
            "python3", ["\(folder)/corpus.py", "\(folder)/corpus", "\(folder)/good.jpg"], log: "\(folder)/python.log")
        let status = try await python.finished(within: .seconds(120))
        #expect(status == 0, "\(python.output)")
    }

    @Test(.timeLimit(.minutes(5)))
    func `each hostile file gets its answer, and server and workers keep within their memory`() async throws {
        try await RunningServer.withServer { server in
            try await Self.makeCorpus(server.folder)
            let headers = try await server.signIn()
            let largest = SharedMaximum()
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/corpus").sorted()
            #expect(Set(names) == Self.refused.union(Self.taken))
            let answers = try await withThrowingTaskGroup(of: Void.self) { watcher in
                watcher.addTask { await Self.watchWorkers(of: server.process.identifier, largest) }
                var answers: [String: (status: Int, detail: String)] = [:]
                for name in names {
                    answers[name] = try await Self.upload(
                        "\(server.folder)/corpus/\(name)", named: name, to: server, headers)
                }
                watcher.cancelAll()
                return answers
            }
            for name in Self.refused.sorted() {
                let answer = answers[name]
                #expect([413, 415, 422].contains(answer?.status), "\(name): \(String(describing: answer))")
                #expect(answer?.detail.contains("“\(name)”") == true, "\(name): \(String(describing: answer))")
                #expect(answer?.detail.contains(server.folder) == false)
            }
            for name in Self.taken.sorted() {
                #expect(answers[name]?.status == 201, "\(name): \(String(describing: answers[name]))")
            }

            let server300 = try #require(Self.status(server.process.identifier, "VmHWM"))
            #expect(server300 < Self.serverMaximum, "the server grew to \(server300 >> 20) MiB")
            #expect(largest.count >= 5, "\(largest.count) workers were seen")
            #expect(largest.most <= Self.workerMaximum, "a worker grew to \(largest.most >> 20) MiB")
            print(
                "hostile files: server \(server300 >> 20) MiB at most, workers \(largest.most >> 20) MiB of addresses")

            // Nothing of what was refused is left, and what browsers get is a picture and nothing besides.
            let (_, _, listing) = try await server.send(.GET, "/api/v1/photos", headers)
            let json = try JSONSerialization.jsonObject(with: Data(listing.utf8)) as? [String: Any]
            #expect(json?["total"] as? Int == Self.taken.count)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/data/incoming") == [])
            for photo in json?["photos"] as? [[String: Any]] ?? [] {
                for member in ["thumbnail", "preview"] {
                    var request = HTTPClientRequest(
                        url: server.base + (try #require(photo[member] as? String)))
                    request.headers = headers
                    let response = try await RunningServer.client.execute(request, timeout: .seconds(30))
                    #expect(response.headers.first(name: "content-type") == "image/jpeg")
                    #expect(response.headers.first(name: "x-content-type-options") == "nosniff")
                    let body = Data(buffer: try await response.body.collect(upTo: 1 << 20))
                    #expect(body.range(of: Data("script".utf8)) == nil && body.range(of: Data("evil".utf8)) == nil)
                }
            }
            server.process.kill()
            let check = try ChildProcess(
                BuiltProgram.photoserver, ["check", "--data", "\(server.folder)/data", "--read-all"],
                log: "\(server.folder)/check.log")
            let status = try await check.finished()
            #expect(status == 0, "\(check.output)")
        }
    }

    /// All of a small real photo, at every tenth byte. The library's own tests cut files of all formats.
    @Test(.timeLimit(.minutes(3)))
    func `an upload cut at any tenth byte is refused by name, and nothing is left of it`() async throws {
        try await RunningServer.withServer { server in
            let headers = try await server.signIn()
            let (photo, cut) = ("\(server.folder)/small.jpg", "\(server.folder)/cut.jpg")
            let convert = try ChildProcess(
                "/usr/bin/convert",
                [LibraryPagesTests.photos[0], "-resize", "24x16!", "-strip", "-quality", "60", photo],
                log: "\(server.folder)/convert.log")
            let status = try await convert.finished()
            #expect(status == 0, "\(convert.output)")
            let good = try Data(contentsOf: URL(fileURLWithPath: photo))
            for length in stride(from: 0, to: good.count, by: 10) {
                try good.prefix(length).write(to: URL(fileURLWithPath: cut))
                let answer = try await Self.upload(cut, named: "cut-\(length).jpg", to: server, headers)
                #expect([415, 422].contains(answer.status), "\(length) of \(good.count) bytes: \(answer)")
                #expect(answer.detail.contains("“cut-\(length).jpg”"), "\(answer.detail)")
            }
            let whole = try await Self.upload(photo, named: "whole.jpg", to: server, headers)
            #expect(whole.status == 201)
            let (_, _, listing) = try await server.send(.GET, "/api/v1/photos", headers)
            let json = try JSONSerialization.jsonObject(with: Data(listing.utf8)) as? [String: Any]
            #expect(json?["total"] as? Int == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/data/incoming") == [])
            server.process.kill()
            let check = try ChildProcess(
                BuiltProgram.photoserver, ["check", "--data", "\(server.folder)/data", "--read-all"],
                log: "\(server.folder)/check.log")
            let sound = try await check.finished()
            #expect(sound == 0, "\(check.output)")
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `scripts in a photo's own words are words on every page`() async throws {
        let look = LibraryPagesTests.Look(width: 1280, isDark: false)
        try await LibraryPagesTests.withPage(look) { server, browser in
            let path = "\(server.folder)/script.jpg"
            let script = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
            try FileManager.default.copyItem(atPath: LibraryPagesTests.photos[0], toPath: path)
            let exiftool = try ChildProcess(
                "exiftool",
                [
                    "-XMP-dc:Title=\(script)", "-XMP-dc:Description=\(script)", "-XMP-dc:Subject=\(script)",
                    "-EXIF:Model=\(script)", "-EXIF:LensModel=\(script)", "-EXIF:ImageDescription=\(script)",
                    "-overwrite_original", path,
                ], log: "\(server.folder)/exiftool.log")
            let status = try await exiftool.finished()
            #expect(status == 0, "\(exiftool.output)")
            try await browser.open("\(server.base)/photos")
            try await LibraryPagesTests.upload([path], browser)
            try await browser.open("\(server.base)/photos?text=owned")
            try await LibraryPagesTests.expectTiles(1, browser, "the words are found")
            try await LibraryPagesTests.focus(0, browser)
            try await browser.press(.enter)
            _ = try await browser.element("[data-testid=look][open]")
            try await eventually("its words being shown") {
                try await browser.run("return document.querySelector('[data-testid=look-title]').value") == script
            }
            #expect(try await browser.text(of: "[data-testid=look-about]").contains("onerror"))
            try await browser.press(.escape)
            try await browser.click("[data-testid=filter-more]")
            #expect(try await browser.run("return document.title").contains("owned") == false)
            #expect(try await browser.count(of: "main img[src=x], main script") == 0)
        }
    }
}
