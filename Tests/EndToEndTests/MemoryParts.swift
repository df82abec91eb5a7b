import Foundation
import TestSupport

/// The proportional memory (PSS) of a process in MB, by what it is.
struct MemoryParts: Sendable, CustomStringConvertible {
    /// Pages of the program's own file that are as they are on the disk: its code and constants.
    private(set) var program = 0.0
    /// Code and data of libraries, by name; the libraries of Mesa among them.
    private(set) var libraries: [String: Double] = [:]
    /// What the program itself took: heap, stacks, pictures.
    private(set) var own = 0.0

    var total: Double { self.own + self.program + self.libraries.values.reduce(0, +) }

    /// What a display is held to. In a debug build that is all but the program's own code, which is several times what the
    /// optimiser makes of it and says nothing about a display that anybody installs: `make soak` holds a release build to
    /// all of it.
    var counted: Double { BuiltProgram.areChosen ? self.total : self.total - self.program }

    /// Reads `/proc/<pid>/smaps`.
    init(of process: Int32) throws {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
        // Read to its end: the file has no size that would tell how much there is.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(process)/smaps"))
        defer { try? file.close() }
        let smaps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var path = ""
        var proportional = 0.0
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if let first = words.first, first.contains("-"), !first.hasSuffix(":") {
                path = words.count > 5 ? words[5...].joined(separator: " ") : ""
            } else if words.first == "Pss:", let kilobytes = words.dropFirst().first.flatMap({ Double($0) }) {
                proportional = kilobytes / 1024
            } else if words.first == "Anonymous:", let kilobytes = words.dropFirst().first.flatMap({ Double($0) }) {
                // Pages of a file that were written to are the process's own.
                let written = min(kilobytes / 1024, proportional)
                self.own += written
                self.add(proportional - written, of: path, executable: executable)
            }
        }
        guard self.total > 0 else { throw NotInTime(description: "no memory in /proc/\(process)/smaps") }
    }

    private mutating func add(_ megabytes: Double, of path: String, executable: String) {
        if path == executable {
            self.program += megabytes
        } else if path.hasPrefix("/"), path.contains(".so") {
            self.libraries[URL(filePath: path).lastPathComponent, default: 0] += megabytes
        } else {
            self.own += megabytes
        }
    }

    var description: String {
        let largest = self.libraries.sorted { $0.value > $1.value }.prefix(4)
            .map { "\($0.key) \(Self.rounded($0.value))" }
        let shared = Self.rounded(self.libraries.values.reduce(0, +))
        return "\(Self.rounded(self.total)) MB: own \(Self.rounded(self.own)), program \(Self.rounded(self.program)), "
            + "libraries \(shared) (\(largest.joined(separator: ", ")))"
    }

    private static func rounded(_ megabytes: Double) -> Double { (megabytes * 10).rounded() / 10 }
}
