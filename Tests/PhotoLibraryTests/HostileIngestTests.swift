import Foundation
import Glibc
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct HostileIngestTests {
    /// A kind of file: how it ends, and what makes it of a JPEG.
    struct Kind: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let ending: String
        var options: [String] = []
        /// Whether it may lack its end without lacking anything of the picture.
        var hasTail = false

        static let all = [
            Kind(testDescription: "JPEG", ending: "jpg", hasTail: true),
            Kind(testDescription: "progressive JPEG", ending: "jpg", options: ["-interlace", "JPEG"]),
            Kind(testDescription: "PNG", ending: "png", hasTail: true),
            Kind(testDescription: "interlaced PNG", ending: "png", options: ["-interlace", "PNG"], hasTail: true),
            Kind(testDescription: "WebP", ending: "webp"), Kind(testDescription: "TIFF", ending: "tif", hasTail: true),
            Kind(testDescription: "GIF", ending: "gif", hasTail: true), Kind(testDescription: "HEIC", ending: "heic"),
            Kind(testDescription: "AVIF", ending: "avif"),
        ]

        /// Of a real photo, made small. HEIC and AVIF by libheif's own encoder.
        func make(_ path: String, size: String, folder: String) async throws {
            let isHEIF = ["heic", "avif"].contains(self.ending)
            let middle = isHEIF ? "\(folder)/middle.png" : path
            let convert = try ChildProcess(
                "/usr/bin/convert", [realPhoto, "-resize", size, "-strip", "-quality", "60"] + self.options + [middle],
                log: "\(folder)/convert.log")
            let status = try await convert.finished()
            #expect(status == 0, "\(convert.output)")
            guard isHEIF else { return }
            let encoder = try ChildProcess(
                "heif-enc", (self.ending == "avif" ? ["-A"] : []) + ["-q", "50", "-o", path, middle],
                log: "\(folder)/heif.log")
            let encoded = try await encoder.finished()
            #expect(encoded == 0, "\(encoder.output)")
        }
    }

    /// `VITRINE_CUT_SIZE` gives the photo another size, such as `300x200!`: hours instead of seconds.
    @Test(.timeLimit(.minutes(240)), arguments: Kind.all)
    func `a file cut at every tenth byte is refused and leaves nothing, unless all of the picture is there`(
        kind: Kind
    ) async throws {
        let format = kind.ending
        try await withLibrary { library, folder in
            let size = ProcessInfo.processInfo.environment["VITRINE_CUT_SIZE"] ?? "24x16!"
            try await kind.make("\(folder)/small.\(format)", size: size, folder: folder)
            let good = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/small.\(format)"))
            let cuts = Array(stride(from: 0, to: good.count, by: 10))
            let paths = try cuts.map { length in
                let path = "\(folder)/cut-\(length).\(format)"
                try good.prefix(length).write(to: URL(fileURLWithPath: path))
                return path
            }
            let whole = try await library.ingest(file: "\(folder)/small.\(format)").photo
            #expect("\(whole.width)x\(whole.height)!" == size)
            let picture = try Data(contentsOf: URL(fileURLWithPath: try await library.thumbnailFile(whole).path))
            let files = try filesIn("\(folder)/data")
            var refused = 0
            var last = 0
            var taken: [Photo] = []
            try await library.ingest(files: paths) { path, outcome in
                switch outcome {
                case .success(let outcome): taken.append(outcome.photo)
                case .failure(let error):
                    refused += 1
                    last = cuts[paths.firstIndex(of: path) ?? 0]
                    #expect(
                        [.empty, .unsupportedFormat, .damaged, .tooManyPixels].contains(error.code), "\(path): \(error)"
                    )
                    #expect(error.message.contains("cut-"))
                }
            }
            #expect(refused + taken.count == cuts.count)
            // Formats that say after the picture that it is over, or describe it there: nothing of it is missing.
            for photo in taken {
                #expect(
                    photo.byteCount > last && photo.byteCount > good.count / 10 * 9, "\(photo.name) of \(good.count)")
                let own = try Data(contentsOf: URL(fileURLWithPath: try await library.thumbnailFile(photo).path))
                #expect(own == picture, "\(photo.name) is another picture")
            }
            #expect(kind.hasTail || taken.isEmpty, "\(taken.count) were taken")
            print("\(kind.testDescription): \(cuts.count) cuts of \(good.count) bytes, \(refused) refused")
            _ = try await library.changePhotos(taken.map(\.id), Self.binned)
            _ = try await library.emptyBin()
            #expect(try await library.photoCount() == 1)
            #expect(try filesIn("\(folder)/data") == files)
        }
    }

    private static var binned: PhotoChange {
        var change = PhotoChange()
        change.bin = true
        return change
    }

    @Test func `files come into an album in their order, though two are read at a time; one twice is there once`()
        async throws
    {
        try await withLibrary { library, folder in
            var paths: [String] = []
            for seed in 1...8 {
                let path = "\(folder)/\(seed).jpg"
                // The first takes longer than those after it.
                try TestPhoto.make(
                    path, width: seed % 2 == 1 ? 1_600 : 60, height: seed % 2 == 1 ? 1_200 : 40, seed: seed)
                paths.append(path)
            }
            try FileManager.default.copyItem(atPath: paths[0], toPath: "\(folder)/again.jpg")
            paths.insert("\(folder)/again.jpg", at: 1)
            try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/text.jpg"))
            paths.insert("\(folder)/text.jpg", at: 4)
            let album = try await library.createAlbum(named: "All").id
            var told: [String] = []
            var known = 0
            try await library.ingest(files: paths, into: album) { path, outcome in
                told.append(path)
                if case .success(.duplicate) = outcome { known += 1 }
            }
            #expect(told == paths)
            #expect(known == 1)
            let names = try await library.photos(album: album).photos.map(\.name)
            #expect(names.count == 8)
            #expect(names.first == "1.jpg" || names.first == "again.jpg")
            #expect(names.dropFirst() == ["2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg", "8.jpg"])
        }
    }

    /// A disk of its own, so small that it fills somewhere: under an original, a rendition, or the database.
    @Test(.timeLimit(.minutes(3)), arguments: [2_600, 4_200, 6_100])
    func `a disk that fills in the middle is said, and costs nothing that was taken in`(kibibytes: Int) async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/photos", withIntermediateDirectories: true)
            for seed in 1...9 {
                let path = "\(folder)/photos/\(seed).jpg"
                try TestPhoto.make(path, width: 600, height: 400, seed: seed)
                // What follows the picture's end is nobody's business, and takes room.
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                bytes.append(Data((0..<700 << 10).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }))
                try bytes.write(to: URL(fileURLWithPath: path))
            }
            // The disk is there for this shell and its children only.
            let script = """
                mkdir "$1/disk" && mount -t tmpfs -o size=\(kibibytes)k vitrine "$1/disk" || exit 90
                take() { "$2" import --data "$1/disk/data" --album All "$1/photos"; echo "import ended with $?"; }
                look() { "$2" check --data "$1/disk/data" --read-all; echo "check ended with $?"; }
                take "$@"; look "$@"
                mount -o remount,size=200m "$1/disk" || exit 91
                take "$@"; look "$@"
                """
            let shell = try ChildProcess(
                "unshare",
                [geteuid() == 0 ? "-m" : "-rm", "sh", "-c", script, "sh", folder, try BuiltProgram.photoserver],
                log: "\(folder)/shell.log")
            let status = try await shell.finished(within: .seconds(120))
            let lines = shell.output.split(separator: "\n").map(String.init)
            #expect(status == 0, "\(shell.output)")
            let ends = lines.filter { $0.contains(" ended with ") }
            #expect(
                ends == ["import ended with 74", "check ended with 0", "import ended with 0", "check ended with 0"],
                "\(shell.output)")
            #expect(lines.contains { $0.contains("disk") && $0.contains("full") }, "\(shell.output)")
            #expect(lines.filter { $0 == "The library is sound." }.count == 2, "\(shell.output)")
            // What came in before the disk was full is known at the second try.
            let last = lines.last { $0.contains("photos added") } ?? ""
            let numbers = last.split { !$0.isNumber }.compactMap { Int($0) }
            #expect(numbers.count == 3 && numbers[0] + numbers[1] == 9 && numbers[2] == 0, "\(last)")
        }
    }
}
