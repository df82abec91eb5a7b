import Foundation
import Synchronization

/// The viewer's trace: one line for each state change or command, written when its frame was presented.
package final class Trace: Sendable {
    private struct Line: Decodable {
        let kind: String
        /// Nanoseconds since 1970.
        let presentedNs: Int64

        enum CodingKeys: String, CodingKey {
            case kind
            case presentedNs = "presented_ns"
        }
    }

    private let path: String
    private let read = Mutex((offset: UInt64(0), lines: [Line]()))

    package init(path: String) { self.path = path }

    /// When the first frame of this kind after `start` was presented, if it was.
    package func first(of kind: String, after start: Int64) throws -> Int64? {
        guard let file = FileHandle(forReadingAtPath: self.path) else { return nil }
        defer { try? file.close() }
        return try self.read.withLock { state in
            try file.seek(toOffset: state.offset)
            let data = try file.readToEnd() ?? Data()
            // A line without its end is still being written.
            if let end = data.lastIndex(of: UInt8(ascii: "\n")) {
                let whole = data[...end]
                state.offset += UInt64(whole.count)
                for line in whole.split(separator: UInt8(ascii: "\n")) {
                    state.lines.append(try JSONDecoder().decode(Line.self, from: Data(line)))
                }
            }
            return state.lines.first { $0.kind == kind && $0.presentedNs > start }?.presentedNs
        }
    }
}
