import BenchmarkSupport
import Foundation
import Glibc

/// Ten thousand photos taken in by `photoserver import`: the rate, the memory, and whether it becomes slower.
struct ImportRun {
    let photoserver: String
    let folder: String
    let bases: [String]
    let isQuick: Bool

    func run() throws {
        let count = self.isQuick ? 500 : 10_000
        let source = "\(self.folder)/import"
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        let photos = try self.bases.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        for number in 0..<count {
            // Each a content of its own: a decoder stops before what follows the picture.
            var photo = photos[number % photos.count]
            photo.append(Data("photo \(number)".utf8))
            try photo.write(to: URL(fileURLWithPath: String(format: "%@/%06d.jpg", source, number)))
        }
        let data = "\(self.folder)/imported"
        // For each tenth of the photos, when the first and the last of them were in.
        var marks: [(count: Int, seconds: Double)] = []
        let start = ChildUsage.now()
        let usage = try ChildUsage.of(self.photoserver, ["import", "--data", data, "--album", "All", source]) {
            process in
            var database: LibraryDatabase?
            while kill(process, 0) == 0 {
                usleep(50_000)
                database = database ?? (try? LibraryDatabase("\(data)/library.sqlite"))
                // Not yet made, or in the middle of a migration: look again.
                guard let rows = try? database?.number("SELECT count(*) FROM photo") else { continue }
                if rows >= (marks.count + 1) * count / 10 { marks.append((rows, ChildUsage.now() - start)) }
                if rows >= count { break }
            }
        }
        guard marks.count >= 2, let first = marks.first, let last = marks.last else {
            throw BenchmarkFailure("the import was too fast to be watched")
        }
        let before = marks[marks.count - 2]
        let early = Double(first.count) / first.seconds
        let late = Double(last.count - before.count) / (last.seconds - before.seconds)
        let children = usage.cpuSeconds / Double(count)
        print("### Taking in \(count) photos")
        print("")
        print(
            "`photoserver import` of JPEGs of 1500 × 1000, each with its thumbnail, two workers at a time, every photo durable."
        )
        print("")
        print(
            "| photos a second, all | the first tenth | the last tenth | growth of cost | memory of the importer | CPU a photo |"
        )
        print("|---|---|---|---|---|---|")
        print(
            "| \(String(format: "%.1f", Double(count) / usage.wallSeconds)) | \(String(format: "%.1f", early)) | "
                + "\(String(format: "%.1f", late)) | \(String(format: "%.2f", early / late)) | "
                + "\(RenditionContest.megabytes(usage.residentBytes)) | \(String(format: "%.0f", children * 1_000)) ms |"
        )
        print("")
        print(
            "What limits it: a process for each photo, which a hostile file may take down with it, and the syncs that make "
                + "each photo durable before the next is asked for.")
        try FileManager.default.removeItem(atPath: source)
        try FileManager.default.removeItem(atPath: data)
    }
}
