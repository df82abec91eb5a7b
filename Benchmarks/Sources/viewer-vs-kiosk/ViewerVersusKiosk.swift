import BenchmarkSupport
import Foundation

/// A display beside a Chromium kiosk that shows the same photos, and beside the floor of its own graphics.
///
/// Prints a Markdown table.
@main
enum ViewerVersusKiosk {
    static func main() async {
        let arguments = CommandLine.arguments
        let works = arguments.dropFirst(5).map { Contest.Work(rawValue: $0) }
        guard arguments.count >= 5, !works.contains(nil) else {
            let names = Contest.Work.allCases.map(\.rawValue).joined(separator: "|")
            print("usage: viewer-vs-kiosk PHOTOSERVER PHOTOVIEWER BARE-CROSSFADE CHROMIUM [\(names)...]")
            exit(64)
        }
        onTermination { Program.stopAll() }
        do {
            let contest = Contest(
                photoserver: arguments[1], photoviewer: arguments[2], bare: arguments[3], chromium: arguments[4])
            let rows = try await contest.run(works.isEmpty ? Contest.Work.allCases : works.compactMap { $0 })
            print(Row.head)
            for row in rows { print(row.text) }
            Program.stopAll()
        } catch {
            Program.stopAll()
            FileHandle.standardError.write(Data("viewer-vs-kiosk: \(error)\n".utf8))
            exit(1)
        }
    }
}
