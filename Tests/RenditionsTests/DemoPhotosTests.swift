import Foundation
import Renditions
import TestSupport
import Testing

@testable import DemoPhotos

struct DemoPhotosTests {
    @Test func theDemoPhotosAreRealPhotosWithDatesAndKeywords() async throws {
        try await withTemporaryFolder { folder in
            let paths = try DemoPhotos.write(to: "\(folder)/demo", longerSide: 60)
            #expect(paths.count >= 12)
            let pool = try makePool()
            var (landscape, portrait) = (0, 0)
            for (path, item) in zip(paths, DemoPhotos.items) {
                let facts = try await pool.inspect(path)
                #expect(facts.title == item.title)
                #expect(facts.keywords == item.keywords)
                #expect(facts.taken == PhotoDate(exif: item.taken, offset: item.offset))
                #expect(facts.taken?.offsetMinutes != nil)
                #expect(facts.place == nil)
                if facts.width > facts.height { landscape += 1 } else { portrait += 1 }
                #expect(Self.spread(try Picture(jpeg: path)) > 12, "\(item.title) is nearly one colour")
            }
            #expect(landscape >= 6 && portrait >= 4)
            #expect(Set(paths).count == paths.count)
        }
    }

    @Test func theSamePhotosAreMadeEverywhereAndOnlyOnce() async throws {
        try await withTemporaryFolder { folder in
            let first = try DemoPhotos.write(to: "\(folder)/one", longerSide: 36)
            let second = try DemoPhotos.write(to: "\(folder)/two", longerSide: 36)
            for (one, two) in zip(first, second) {
                #expect(FileManager.default.contentsEqual(atPath: one, andPath: two))
            }
            try Data("mine".utf8).write(to: URL(fileURLWithPath: first[0]))
            #expect(try DemoPhotos.write(to: "\(folder)/one", longerSide: 36) == first)
            #expect(try String(contentsOfFile: first[0], encoding: .utf8) == "mine")
        }
    }

    /// The standard deviation of the brightness, in levels.
    private static func spread(_ picture: Picture) -> Double {
        let values = picture.rgb.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
}
