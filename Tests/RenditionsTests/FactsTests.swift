import Foundation
import TestSupport
import Testing

@testable import Renditions

struct FactsTests {
    @Test(arguments: ["a.jpg", "a.png", "a.webp", "a.heic"])
    func whatACameraAndAPersonWroteIsRead(name: String) async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm", path = "\(folder)/\(name)"
            try TestImages.corners(base)
            try await TestImages.convert(base, to: path, folder: folder)
            try await TestImages.run(
                "exiftool",
                [
                    "-EXIF:DateTimeOriginal=2024:06:21 21:14:05", "-EXIF:OffsetTimeOriginal=-05:30",
                    "-EXIF:Make=NIKON CORPORATION",
                    "-EXIF:Model=NIKON Z 6", "-EXIF:GPSLatitude=52.50861", "-EXIF:GPSLatitudeRef=S",
                    "-EXIF:GPSLongitude=13.4",
                    "-EXIF:GPSLongitudeRef=W", "-XMP-dc:Title=Evening & <calm>", "-XMP-dc:Description=By the lake",
                    "-XMP-dc:Subject=lake", "-XMP-dc:Subject=Zoë's", "-overwrite_original", path,
                ], folder: folder)
            let facts = try await makePool().inspect(path)
            #expect(facts.taken?.iso8601 == "2024-06-21T21:14:05-05:30")
            #expect(facts.camera == "NIKON Z 6")
            let place = try #require(facts.place)
            #expect(abs(place.latitude + 52.50861) < 0.0001 && abs(place.longitude + 13.4) < 0.0001)
            #expect(facts.title == "Evening & <calm>")
            #expect(facts.caption == "By the lake")
            #expect(facts.keywords == ["lake", "Zoë's"])
        }
    }

    @Test func olderProgramsWroteIPTC() async throws {
        try await withTemporaryFolder { folder in
            let base = "\(folder)/base.ppm", path = "\(folder)/a.jpg"
            try TestImages.corners(base)
            try await TestImages.convert(base, to: path, folder: folder)
            try await TestImages.run(
                "exiftool",
                [
                    "-IPTC:Keywords=sea", "-IPTC:Keywords=Málaga", "-IPTC:ObjectName=Harbour",
                    "-IPTC:Caption-Abstract=At noon", "-overwrite_original", path,
                ],
                folder: folder)
            let facts = try await makePool().inspect(path)
            #expect(facts.keywords == ["sea", "Málaga"])
            #expect(facts.title == "Harbour" && facts.caption == "At noon")
            #expect(facts.taken == nil && facts.place == nil && facts.camera == nil)
        }
    }

    @Test(
        arguments: [
            ("2024:06:21 21:14:05", nil, "2024-06-21T21:14:05"),
            ("2024:02:29 00:00:00", "+02:00", "2024-02-29T00:00:00+02:00"),
            ("2023:02:29 00:00:00", nil, nil), ("0000:00:00 00:00:00", nil, nil), ("    :  :     :  :  ", nil, nil),
            ("2024:13:01 00:00:00", nil, nil), ("2024:06:21 24:00:00", nil, nil), ("2024:06:21", nil, nil),
            ("2024-06-21T21:14:05.123", "Z", "2024-06-21T21:14:05+00:00"),
            ("2024:06:21 21:14:05", "rubbish", "2024-06-21T21:14:05"),
        ] as [(String, String?, String?)])
    func aDateIsReadOrIsNone(text: String, offset: String?, expected: String?) {
        #expect(PhotoDate(exif: text, offset: offset)?.iso8601 == expected)
    }

    /// Every prefix and many corruptions of real blocks: an answer or none, never a trap.
    @Test func metadataThatLiesIsHarmless() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("metadataThatLiesIsHarmless: seed \(seed)")  // a trap leaves no other trace of it
        var random = SeededGenerator(seed: seed)
        let exif: [UInt8] =
            Array("Exif\0\0MM\0*".utf8) + [
                0, 0, 0, 8, 0, 2, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x26,
            ]
            + [UInt8](repeating: 0, count: 4) + [0, 1, 0, 2, 0, 5, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF, 0xF0]
        let iptc: [UInt8] = Array("Photoshop 3.0\08BIM".utf8) + [4, 4, 0, 0, 0, 0, 0, 8, 0x1C, 2, 25, 0, 3, 65, 66, 67]
        let xmp = Array("<dc:subject><rdf:Bag><rdf:li>a&#x41;&bogus;</rdf:li><rdf:li/></rdf:Bag></dc:subject>".utf8)
        #expect(IPTCBlock(iptc).keywords == ["ABC"])
        #expect(XMPBlock(xmp).keywords == ["aA&bogus;"])
        for _ in 0..<3_000 {
            var block = [exif, iptc, xmp].randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                block[.random(in: 0..<block.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            block = Array(block.prefix(.random(in: 0...block.count, using: &random)))
            if let parsed = ExifBlock(block) {
                _ = (parsed.taken, parsed.camera, parsed.place, parsed.keywords, parsed.title, parsed.caption)
            }
            _ = IPTCBlock(block).keywords
            _ = (XMPBlock(block).keywords, XMPBlock(block).title)
        }
    }

    @Test func textThatWouldDeceiveIsCleaned() {
        #expect(MetadataText.clean("  a\n\t b\u{0}\u{202E}c ") == "a bc")
        #expect(MetadataText.clean(" \n ") == nil)
        #expect(MetadataText.clean(String(repeating: "x", count: 5_000))?.count == MetadataText.longest)
        #expect(MetadataText.cleanKeywords(["Sea", "sea", " ", "SEA "]) == ["Sea"])
        #expect(MetadataText.cleanKeywords((0..<1_000).map { "\($0)" }).count == MetadataText.keywordsMaximum)
    }
}
