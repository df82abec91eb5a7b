import BenchmarkSupport
import Foundation

/// JPEGs of 24 megapixels: a worker beside `vipsthumbnail`, and photos taken in for two displays beside Pillow.
struct RenditionContest {
    let photoserver: String
    let python: String
    let peers: String
    let folder: String
    let isQuick: Bool

    func run() throws {
        let photos = "\(self.folder)/photos"
        try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
        _ = try ChildUsage.of(
            self.python, ["\(self.peers)/large_photos.py", photos, self.isQuick ? "3" : "8", "6000", "4000"])
        let files = try FileManager.default.contentsOfDirectory(atPath: photos).sorted().map { "\(photos)/\($0)" }
        var ours: [Double] = [], vips: [Double] = [], ratios: [Double] = []
        var all: [Double] = [], pillow: [Double] = [], pillowRatios: [Double] = []
        var memory = 0.0
        for round in 0..<(self.isQuick ? 2 : 5) {
            var own = 0.0, peer = 0.0
            for file in files {
                let one = try self.worker(file, [(1_920, 1_080, 88)])
                own += one.cpuSeconds
                memory = max(memory, one.residentBytes)
                peer += try ChildUsage.of(
                    "/usr/bin/vipsthumbnail",
                    [
                        file, "--size", "1920x1080", "--import-profile", "srgb", "--export-profile", "srgb", "-o",
                        "\(self.folder)/peer.jpg[Q=88,optimize_coding,strip]",
                    ]
                ).cpuSeconds
            }
            let three = try self.takeIn(files, round: round)
            // In one process, so that the interpreter's start counts once for all of them.
            let pillowRun = try ChildUsage.of(
                self.python, ["\(self.peers)/pillow_1080p.py", "\(self.folder)/pillow.jpg"] + files)
            let count = Double(files.count)
            ours.append(own / count)
            vips.append(peer / count)
            ratios.append(own / peer)
            all.append(three / count)
            pillow.append(pillowRun.cpuSeconds / count)
            pillowRatios.append(three / (2 * pillowRun.cpuSeconds))
        }
        print("### Cutting a photo of 24 megapixels")
        print("")
        print("| work | CPU of the program | CPU of the peer | ratio | asked for | |")
        print("|---|---|---|---|---|---|")
        Self.row("one rendition of 1920 × 1080, beside `vipsthumbnail`", ours, vips, ratios, 1.1)
        Self.row(
            "taken in, with thumbnail, 1080p and 4K, beside Pillow's 1080p twice", all, pillow.map { 2 * $0 },
            pillowRatios, 1)
        print("")
        print(
            "The second is all of `photoserver import` into an album that a 1080p and a 4K display show: hashing, database and"
                + " disk are in it. A worker has \(Self.megabytes(memory)) resident for the one size. What limits it: reading"
                + " the JPEG, and compressing the 4K; the start of each process is in it, for `vipsthumbnail` too.")
    }

    /// Takes the photos in as the server does, for two displays.
    ///
    /// - Returns: Seconds of CPU of the importer and its workers.
    private func takeIn(_ files: [String], round: Int) throws -> Double {
        let data = "\(self.folder)/cut-\(round)"
        // An import makes the tables; the displays follow.
        let first = "\(self.folder)/first.jpg"
        _ = try ChildUsage.of(self.python, ["\(self.peers)/pillow_1080p.py", first, files[0]])
        _ = try ChildUsage.of(self.photoserver, ["import", "--data", data, "--album", "Shown", first])
        try LibraryDatabase("\(data)/library.sqlite", isReadOnly: false).addDisplays([(1_920, 1_080), (3_840, 2_160)])
        let usage = try ChildUsage.of(self.photoserver, ["import", "--data", data, "--album", "Shown"] + files)
        let cut = try LibraryDatabase("\(data)/library.sqlite").number(
            "SELECT count(*) FROM rendition WHERE byteCount > 0")
        let pictures = FileManager.default.enumerator(atPath: "\(data)/renditions")?.allObjects
            .count { ($0 as? String)?.hasSuffix(".jpg") == true }
        guard cut == 2 * files.count, pictures == 3 * files.count + 1 else {
            throw BenchmarkFailure("\(cut) renditions are noted and \(pictures ?? 0) files are there")
        }
        try FileManager.default.removeItem(atPath: data)
        return usage.cpuSeconds
    }

    /// A worker process as the server starts it.
    private func worker(_ file: String, _ sizes: [(Int, Int, Int)]) throws -> ChildUsage {
        let outputs = sizes.enumerated().map { index, size in
            """
            {"recipe":{"width":\(size.0),"height":\(size.1),"mode":"contain","rotation":0,"quality":\(size.2)},\
            "path":"\(self.folder)/own-\(index).jpg"}
            """
        }
        let job = """
            {"source":"\(file)","name":"photo","outputs":[\(outputs.joined(separator: ","))],"limits":{"pixels":150000000,\
            "pixelsWhole":50000000,"pixelsGiant":60000000,"addressSpaceBytes":838860800,"wallTimeSeconds":60,\
            "outputBytes":268435456},"runsAlone":true}
            """
        let usage = try ChildUsage.of(self.photoserver, ["worker"], input: Data(job.utf8))
        guard String(decoding: usage.output, as: UTF8.self).contains("\"done\"") else {
            throw BenchmarkFailure("the worker answered \(String(decoding: usage.output, as: UTF8.self))")
        }
        return usage
    }

    private static func row(_ work: String, _ own: [Double], _ peer: [Double], _ ratios: [Double], _ most: Double) {
        let ratio = Percentiles(ratios).median
        let verdict = ratio <= most ? "reached" : "**missed**"
        print(
            "| \(work) | \(Self.seconds(own)) | \(Self.seconds(peer)) | **\(String(format: "%.2f", ratio))** | ≤ "
                + "\(String(format: "%.2f", most)) | \(verdict) |")
    }

    private static func seconds(_ values: [Double]) -> String {
        let percentiles = Percentiles(values)
        func text(_ value: Double) -> String { String(format: "%.0f", value * 1_000) }
        return "\(text(percentiles.median)) [\(text(percentiles.smallest))–\(text(percentiles.largest))] ms"
    }

    static func megabytes(_ bytes: Double) -> String { String(format: "%.0f MB", bytes / 1e6) }
}
