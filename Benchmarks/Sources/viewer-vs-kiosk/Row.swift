import BenchmarkSupport
import Foundation

/// A line of the table.
struct Row {
    var work: String
    var viewer: String
    var peer: String
    var asked: String
    var isReached: Bool

    static let head = "| work | viewer | peer | asked for | |\n|---|---|---|---|---|"

    var text: String {
        "| \(self.work) | \(self.viewer) | \(self.peer) | \(self.asked) | \(self.isReached ? "reached" : "**missed**") |"
    }
}
