import BenchmarkSupport
import Foundation

/// The photo library beside `vipsthumbnail` and Pillow, and by itself with very many photos. Prints Markdown.
@main
enum Program {
    private static let usage = """
        usage: library-vs-peers PHOTOSERVER PYTHON PEERS FOLDER [--quick] [--only PART,PART]
          PYTHON  an interpreter with Pillow
          PEERS   the folder of large_photos.py and pillow_1080p.py
          --only  of: renditions, import, pages
        """

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let isQuick = arguments.contains("--quick")
        arguments.removeAll { $0 == "--quick" }
        var only: Set<String> = ["renditions", "import", "pages"]
        if let option = arguments.firstIndex(of: "--only"), option + 1 < arguments.count {
            only = Set(arguments[option + 1].split(separator: ",").map(String.init))
            arguments.removeSubrange(option...option + 1)
        }
        guard arguments.count == 4 else { self.fail(self.usage, code: 64) }
        let (photoserver, python, peers, folder) = (arguments[0], arguments[1], arguments[2], arguments[3])
        onTermination { LargeLibrary.stop() }
        do {
            if only.contains("renditions") {
                try RenditionContest(
                    photoserver: photoserver, python: python, peers: peers, folder: folder, isQuick: isQuick
                ).run()
                print("")
            }
            let small = "\(folder)/small"
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
            _ = try ChildUsage.of(python, ["\(peers)/large_photos.py", small, "8", "1500", "1000"])
            let photos = try FileManager.default.contentsOfDirectory(atPath: small).sorted().map { "\(small)/\($0)" }
            if only.contains("import") {
                try ImportRun(photoserver: photoserver, folder: folder, bases: photos, isQuick: isQuick).run()
                print("")
            }
            if only.contains("pages") {
                try LargeLibrary(photoserver: photoserver, folder: folder, photo: photos[0], isQuick: isQuick).run()
            }
        } catch {
            LargeLibrary.stop()
            self.fail("library-vs-peers: \(error)", code: 1)
        }
    }

    private static func fail(_ text: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(code)
    }
}
