import Foundation
import TestSupport
import Testing

@testable import Renditions

/// A corpus made by our own code and by programs that share none with ours, and the table of what must come out of it.
struct CorpusTests {
    struct File: CustomTestStringConvertible, Sendable {
        let name: String
        let options: [String]
        let tags: [String]
        let format: PhotoFormat
        /// Upright.
        let width: Int
        let height: Int
        let corners: String
        let facts: @Sendable (PhotoFacts) -> Bool

        var testDescription: String {
            ([self.name] + self.options + self.tags).joined(separator: " ")
        }

        init(
            _ name: String, _ format: PhotoFormat, options: [String] = [], tags: [String] = [], isTurned: Bool = false,
            corners: String = "ABCD", _ facts: @escaping @Sendable (PhotoFacts) -> Bool = { _ in true }
        ) {
            self.name = name
            self.options = options
            self.tags = tags
            self.format = format
            self.width = isTurned ? 64 : 96
            self.height = isTurned ? 96 : 64
            self.corners = corners
            self.facts = facts
        }
    }

    /// Where the corners are after each EXIF orientation.
    private static let orientations: [(Int, String)] = [
        (1, "ABCD"), (2, "BADC"), (3, "DCBA"), (4, "CDAB"), (5, "ACBD"), (6, "CADB"), (7, "DBCA"), (8, "BDAC"),
    ]

    static let files: [File] = {
        var files: [File] = []
        // Four formats in eight orientations.
        for (name, format) in [("a.jpg", PhotoFormat.jpeg), ("a.png", .png), ("a.webp", .webp), ("a.tif", .tiff)] {
            for (orientation, corners) in Self.orientations {
                files.append(
                    File(
                        name, format, tags: ["-n", "-IFD0:Orientation=\(orientation)"], isTurned: orientation >= 5,
                        corners: corners))
            }
        }
        // In HEIC and AVIF the tag turns nothing: the container has said it already.
        for orientation in [1, 3, 6, 8] {
            files.append(File("a.heic", .heic, tags: ["-n", "-IFD0:Orientation=\(orientation)"]))
        }
        files.append(File("a.avif", .avif))
        // How the pixels are stored.
        let kinds: [(String, PhotoFormat, [String])] = [
            ("p.jpg", .jpeg, ["-interlace", "JPEG"]), ("c.jpg", .jpeg, ["-colorspace", "CMYK"]),
            ("s.jpg", .jpeg, ["-sampling-factor", "4:2:0"]), ("f.jpg", .jpeg, ["-sampling-factor", "4:4:4"]),
            ("i.png", .png, ["-interlace", "PNG"]), ("8.png", .png, ["-type", "Palette"]),
            ("16.png", .png, ["-depth", "16"]), ("a.png", .png, ["-alpha", "on"]),
            ("l.webp", .webp, ["-define", "webp:lossless=true"]), ("z.tif", .tiff, ["-compress", "LZW"]),
            ("d.tif", .tiff, ["-compress", "Zip"]), ("16.tif", .tiff, ["-depth", "16"]), ("a.gif", .gif, []),
            ("JPEG.png", .jpeg, ["-interlace", "none"]),
        ]
        for (name, format, options) in kinds { files.append(File(name, format, options: options)) }
        // What cameras and people wrote.
        let blocks: [([String], @Sendable (PhotoFacts) -> Bool)] = [
            (["-EXIF:DateTimeOriginal=2024:02:29 23:59:59"], { $0.taken?.iso8601 == "2024-02-29T23:59:59" }),
            (
                ["-EXIF:DateTimeOriginal=2024:01:02 03:04:05", "-EXIF:OffsetTimeOriginal=+05:45"],
                { $0.taken?.iso8601 == "2024-01-02T03:04:05+05:45" }
            ),
            (["-n", "-EXIF:DateTimeOriginal#=0000:00:00 00:00:00"], { $0.taken == nil }),
            (["-EXIF:Make=Canon", "-EXIF:Model=Canon EOS R5"], { $0.camera == "Canon EOS R5" }),
            (["-EXIF:LensModel=RF50mm F1.2 L USM"], { $0.lens == "RF50mm F1.2 L USM" }),
            (["-EXIF:ImageDescription=Dusk"], { $0.caption == "Dusk" }),
            (["-EXIF:XPTitle=Ärger", "-EXIF:XPKeywords=a;b"], { $0.title == "Ärger" && $0.keywords == ["a", "b"] }),
            (["-IPTC:Keywords=sea", "-IPTC:ObjectName=Harbour"], { $0.keywords == ["sea"] && $0.title == "Harbour" }),
            (
                ["-XMP-dc:Title=<script>alert(1)</script>", "-XMP-dc:Subject=x", "-XMP-xmp:Rating=3"],
                { $0.title == "<script>alert(1)</script>" && $0.keywords == ["x"] && $0.rating == 3 }
            ),
            (
                [
                    "-EXIF:GPSLatitude=48.5", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=9.25",
                    "-EXIF:GPSLongitudeRef=E",
                ], { ($0.place?.latitude ?? 0) == 48.5 && ($0.place?.longitude ?? 0) == 9.25 }
            ),
            (["-EXIF:Artist=Ada", "-EXIF:Copyright=Ada"], { $0.title == nil && $0.caption == nil }),
        ]
        for (tags, facts) in blocks { files.append(File("m.jpg", .jpeg, tags: tags, facts)) }
        return files
    }()

    @Test func `the corpus has sixty files at least`() { #expect(Self.files.count >= 60, "\(Self.files.count)") }

    @Test(arguments: files)
    func `what must come out comes out`(file: File) async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm", path = "\(folder)/\(file.name)"
            try TestImages.corners(base)
            if file.name == "JPEG.png" {
                // The content decides, not the name.
                try await TestImages.convert(base, file.options, to: "\(folder)/true.jpg", folder: folder)
                try FileManager.default.moveItem(atPath: "\(folder)/true.jpg", toPath: path)
            } else {
                try await TestImages.convert(base, file.options, to: path, folder: folder)
            }
            if !file.tags.isEmpty {
                try await TestImages.run("exiftool", file.tags + ["-overwrite_original", path], folder: folder)
            }
            let output = RenditionPool.Output(
                recipe: .init(width: 96, height: 96), destination: "\(folder)/out.jpg")
            let facts = try await makePool().render(path, [output]).facts
            #expect(facts.format == file.format)
            #expect(facts.width == file.width && facts.height == file.height)
            #expect(file.facts(facts), "\(facts)")
            let picture = try Picture(jpeg: "\(folder)/out.jpg")
            #expect(picture.width == file.width && picture.height == file.height)
            #expect(picture.cornerNames == file.corners)
        }
    }
}
