import BenchmarkSupport
import Foundation

/// A display beside a Chromium kiosk that shows the same photos, and beside the floor of its own graphics.
///
/// Prints a Markdown table.
@main
enum ViewerVersusKiosk {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count == 5 else {
            print("usage: viewer-vs-kiosk PHOTOSERVER PHOTOVIEWER BARE-CROSSFADE CHROMIUM")
            exit(64)
        }
        onTermination { Program.stopAll() }
        do {
            let contest = Contest(
                photoserver: arguments[1], photoviewer: arguments[2], bare: arguments[3], chromium: arguments[4])
            let rows = try await contest.run()
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
