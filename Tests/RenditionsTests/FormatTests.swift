import Foundation
import Renditions
import TestSupport
import Testing

struct FormatTests {
    @Test(arguments: [
        ("a.jpg", [], PhotoFormat.jpeg), ("progressive.jpg", ["-interlace", "JPEG"], .jpeg), ("a.png", [], .png),
        ("sixteen.png", ["-depth", "16"], .png), ("interlaced.png", ["-interlace", "PNG"], .png),
        ("alpha.png", ["-alpha", "set"], .png), ("a.webp", [], .webp), ("a.heic", [], .heic), ("a.avif", [], .avif),
        ("a.tif", [], .tiff), ("a.gif", [], .gif), ("cmyk.jpg", ["-colorspace", "CMYK"], .jpeg),
        ("wrong.txt", [], .jpeg),
    ])
    func aFileOfEachKindIsReadByWhatItIs(name: String, options: [String], format: PhotoFormat) async throws {
        try await withTemporaryFolder { folder in
            let (base, made, path) = ("\(folder)/base.ppm", "\(folder)/made-\(name)", "\(folder)/\(name)")
            try TestImages.corners(base)
            try await TestImages.convert(base, options, to: name == "wrong.txt" ? "\(made).jpg" : made, folder: folder)
            try FileManager.default.moveItem(atPath: name == "wrong.txt" ? "\(made).jpg" : made, toPath: path)
            let output = RenditionPool.Output(recipe: .init(width: 48, height: 48), destination: "\(folder)/out.jpg")
            let (facts, files) = try await makePool().render(path, [output])
            #expect(facts.format == format)
            #expect(facts.width == 96 && facts.height == 64)
            let picture = try Picture(jpeg: "\(folder)/out.jpg")
            #expect(picture.width == 48 && picture.height == 32)
            #expect(files.map(\.width) == [48] && files.map(\.height) == [32])
            #expect(files.first?.byteCount == DurableFile.size(of: "\(folder)/out.jpg"))
            #expect(picture.cornerNames == "ABCD")
        }
    }

    @Test(arguments: [
        ("a.jpg", 10_000, 1), ("a.jpg", 1, 10_000), ("a.jpg", 1, 1), ("a.png", 10_000, 1), ("a.png", 1, 10_000),
        ("a.webp", 5_000, 1), ("a.tif", 10_000, 1), ("a.gif", 1, 5_000),
    ])
    func aPictureOfOneLineIsCutAsPlanned(name: String, width: Int, height: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/\(name)"
            try TestImages.ppm(
                TestImages.colors(width: width, height: height), width: width, height: height, to: "\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: path, folder: folder)
            let recipes = [
                RenditionRecipe.thumbnail, .init(width: 1_920, height: 1_080),
                .init(width: 1_920, height: 1_080, mode: .cover), .init(width: 640, height: 480, rotation: .quarter),
            ]
            let outputs = recipes.enumerated().map {
                RenditionPool.Output(recipe: $1, destination: "\(folder)/\($0).out.jpg")
            }
            let (facts, files) = try await makePool().render(path, outputs)
            #expect(facts.width == width && facts.height == height)
            for (recipe, file) in zip(recipes, files) {
                let size = RenditionPlan(recipe, photo: .init(width: width, height: height)).output
                #expect(file.width == size.width && file.height == size.height)
                let picture = try Picture(jpeg: file.path)
                #expect(picture.width == size.width && picture.height == size.height)
            }
        }
    }

    @Test(arguments: ["gray.jpg", "gray.png", "gray16.png"])
    func aGreyPictureStaysAsBrightAsItIs(name: String) async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.pgm"
            let pixels = (0..<64 * 64).map { UInt8($0 % 64 * 4) }
            try (Data("P5\n64 64\n255\n".utf8) + Data(pixels)).write(to: URL(fileURLWithPath: base))
            let depth = name.contains("16") ? ["-depth", "16"] : []
            try await TestImages.convert(base, depth, to: "\(folder)/\(name)", folder: folder)
            let output = RenditionPool.Output(
                recipe: .init(width: 64, height: 64, quality: 95), destination: "\(folder)/out.jpg")
            _ = try await makePool().render("\(folder)/\(name)", [output])
            let expected = Picture(width: 64, height: 64, rgb: pixels.flatMap { [$0, $0, $0] })
            #expect(try Picture(jpeg: "\(folder)/out.jpg").psnr(against: expected) > 38)
        }
    }

    static let orientations: [(Int, String)] = [
        (1, "ABCD"), (2, "BADC"), (3, "DCBA"), (4, "CDAB"), (5, "ACBD"), (6, "CADB"), (7, "DBCA"), (8, "BDAC"),
    ]

    @Test(arguments: orientations)
    func aPhotoIsTurnedUprightOnce(orientation: Int, corners: String) async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm"
            try TestImages.corners(base)
            let jpeg = "\(folder)/a.jpg"
            try await TestImages.convert(base, to: jpeg, folder: folder)
            try await TestImages.run(
                "exiftool", ["-n", "-Orientation=\(orientation)", "-overwrite_original", jpeg], folder: folder)
            var paths = [jpeg]
            if orientation == 6 || orientation == 5 {
                paths += ["\(folder)/a.png", "\(folder)/a.webp"]
                for path in paths.dropFirst() {
                    try await TestImages.convert(base, to: path, folder: folder)
                    try await TestImages.run(
                        "exiftool", ["-n", "-IFD0:Orientation=\(orientation)", "-overwrite_original", path],
                        folder: folder)
                }
            }
            for path in paths {
                let output = RenditionPool.Output(
                    recipe: .init(width: 96, height: 96), destination: "\(folder)/out.jpg")
                let facts = try await makePool().render(path, [output]).facts
                let picture = try Picture(jpeg: "\(folder)/out.jpg")
                let isTurned = orientation >= 5
                #expect(facts.width == (isTurned ? 64 : 96) && facts.height == (isTurned ? 96 : 64), "\(path)")
                #expect(picture.width == facts.width && picture.height == facts.height, "\(path)")
                #expect(picture.cornerNames == corners, "\(path)")
            }
        }
    }

    /// In HEIC the container says how to turn a picture; the EXIF tag is a copy for people, and must not turn it again.
    @Test func theExifOrientationOfAHEICTurnsNothing() async throws {
        try await withTemporaryFolder { folder in
            let (base, jpeg, heic) = ("\(folder)/base.ppm", "\(folder)/a.jpg", "\(folder)/a.heic")
            try TestImages.corners(base)
            try await TestImages.convert(base, to: jpeg, folder: folder)
            try await TestImages.run("exiftool", ["-n", "-Orientation=6", "-overwrite_original", jpeg], folder: folder)
            try await TestImages.heif(jpeg, to: heic, folder: folder)  // copies the tag, turns nothing
            let output = RenditionPool.Output(recipe: .init(width: 96, height: 96), destination: "\(folder)/out.jpg")
            let facts = try await makePool().render(heic, [output]).facts
            #expect(facts.width == 96 && facts.height == 64 && facts.orientation == 1)
            #expect(try Picture(jpeg: "\(folder)/out.jpg").cornerNames == "ABCD")
        }
    }

    @Test func aRecipeTurnsCutsAndNeverEnlarges() async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm", jpeg = "\(folder)/a.jpg"
            try TestImages.corners(base, width: 120, height: 80)
            try await TestImages.convert(base, to: jpeg, folder: folder)
            let cases: [(RenditionRecipe, Int, Int, String)] = [
                (.init(width: 60, height: 60), 60, 40, "ABCD"),
                (.init(width: 500, height: 500), 120, 80, "ABCD"),
                (.init(width: 40, height: 40, mode: .cover), 40, 40, "ABCD"),
                (.init(width: 1000, height: 500, mode: .cover), 120, 60, "ABCD"),
                (.init(width: 60, height: 60, rotation: .quarter), 40, 60, "CADB"),
                (.init(width: 60, height: 60, rotation: .half), 60, 40, "DCBA"),
                (.init(width: 20, height: 40, mode: .cover, rotation: .threeQuarters), 20, 40, "BDAC"),
            ]
            let outputs = cases.enumerated().map {
                RenditionPool.Output(recipe: $1.0, destination: "\(folder)/\($0).jpg")
            }
            let files = try await makePool().render(jpeg, outputs).files
            for (index, item) in cases.enumerated() {
                let picture = try Picture(jpeg: files[index].path)
                #expect(picture.width == item.1 && picture.height == item.2, "\(item.0.canonicalText)")
                #expect(picture.cornerNames == item.3, "\(item.0.canonicalText)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".part") })
        }
    }

    @Test func renditionsCarryNothingOfTheOriginalsMetadata() async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm", jpeg = "\(folder)/a.jpg"
            try TestImages.corners(base)
            try await TestImages.convert(base, to: jpeg, folder: folder)
            try await TestImages.run(
                "exiftool",
                [
                    "-GPSLatitude=52.5", "-GPSLatitudeRef=N", "-GPSLongitude=13.4", "-GPSLongitudeRef=E", "-Artist=Ada",
                    "-overwrite_original", jpeg,
                ],
                folder: folder)
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            _ = try await makePool().render(jpeg, [output])
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/out.jpg")))
            #expect(!bytes.contains(subsequence: Array("Exif".utf8)) && !bytes.contains(subsequence: Array("Ada".utf8)))
        }
    }
}

extension [UInt8] {
    func contains(subsequence wanted: [UInt8]) -> Bool {
        guard self.count >= wanted.count else { return false }
        return (0...self.count - wanted.count).contains { self[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
