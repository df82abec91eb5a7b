import Foundation
import Glibc

/// How much memory this process uses, and how much it may.
enum MemoryUse {
    /// Bytes resident now.
    static func resident() -> Int64? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return nil }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Bytes that cannot be given back by reading a file again: what the kernel kills for.
    static func unevictable(status: String? = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))
        -> Int64?
    {
        guard let status else { return nil }
        let kilobytes = status.split(separator: "\n").filter { $0.hasPrefix("RssAnon:") || $0.hasPrefix("RssShmem:") }
            .compactMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int64($0) } }
        return kilobytes.isEmpty ? nil : kilobytes.reduce(0, +) << 10
    }

    /// The least that this process's control groups allow (systemd's `MemoryMax=`); nil when there is no limit.
    static func limit(root: String = "/sys/fs/cgroup", group: String? = Self.controlGroup()) -> Int64? {
        guard let group else { return nil }
        var path = group
        var limits: [Int64] = []
        while true {
            for file in ["memory.max", "memory.high"] {
                if let text = try? String(contentsOfFile: "\(root)\(path)/\(file)", encoding: .utf8),
                    let limit = Int64(text.trimmingCharacters(in: .whitespacesAndNewlines))
                {
                    limits.append(limit)
                }
            }
            guard path.count > 1, let slash = path.lastIndex(of: "/") else { break }
            path = String(path[..<slash])
        }
        return limits.min()
    }

    /// Version 2's single line: `0::/system.slice/photoviewer.service`.
    private static func controlGroup() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    }
}
