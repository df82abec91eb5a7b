import BenchmarkSupport
import Foundation

/// A process with everything that it started.
struct ProcessTree {
    let root: Int32

    /// Proportional memory in MB: what is shared counts for each by its share.
    func proportionalMegabytes() throws -> Double {
        try self.identifiers().reduce(0) { sum, identifier in
            guard let rollup = try? String(contentsOfFile: "/proc/\(identifier)/smaps_rollup", encoding: .utf8) else {
                return sum  // ended meanwhile
            }
            for line in rollup.split(separator: "\n") where line.hasPrefix("Pss:") {
                let words = line.split(whereSeparator: \.isWhitespace)
                return sum + (words.count > 1 ? Double(words[1]) ?? 0 : 0) / 1024
            }
            return sum
        }
    }

    /// Seconds of processor time so far.
    func cpuSeconds() throws -> Double {
        try self.identifiers().reduce(0) { sum, identifier in
            guard let fields = Self.statistics(of: identifier), fields.count > 12, let user = Double(fields[11]),
                let system = Double(fields[12])
            else { return sum }
            return sum + (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Percent of one processor over some seconds.
    func cpuPercent(over seconds: Double) async throws -> Double {
        let (before, start) = (try self.cpuSeconds(), ContinuousClock.now)
        try await Task.sleep(for: .seconds(seconds))
        return (try self.cpuSeconds() - before) / (start.duration(to: .now) / .seconds(1)) * 100
    }

    /// Its own first.
    func identifiers() throws -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let identifier = Int32(name), let fields = Self.statistics(of: identifier), fields.count > 1,
                let parent = Int32(fields[1])
            else { continue }
            children[parent, default: []].append(identifier)
        }
        var found = [self.root]
        var index = 0
        while index < found.count {
            found += children[found[index]] ?? []
            index += 1
        }
        return found
    }

    /// The fields of /proc/PID/stat after the name.
    private static func statistics(of identifier: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
