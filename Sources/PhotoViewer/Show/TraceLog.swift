import Foundation
import Logging
import Synchronization

/// One JSON line for each change that reached the stage: what a latency benchmark reads.
package final class TraceLog: Sendable {
    package enum Kind: String, Sendable { case settings, playlist, power, command }

    private let file: Mutex<FileHandle>
    private let logger: Logger

    /// Appends to the file at `path`, which is made when it is missing.
    ///
    /// - Throws: ``ViewerError`` with code `storage`.
    package init(_ path: String, logger: Logger) throws(ViewerError) {
        let isThere =
            FileManager.default.fileExists(atPath: path)
            || FileManager.default.createFile(atPath: path, contents: nil)
        guard isThere, let handle = FileHandle(forWritingAtPath: path) else {
            throw ViewerError(.storage, "cannot write the trace file \(path)")
        }
        self.file = Mutex(handle)
        self.logger = logger
    }

    /// The change of `revision` was presented at `presentedNanoseconds` since 1970.
    func record(_ kind: Kind, revision: Int64, presentedNanoseconds: UInt64) {
        let line =
            #"{"kind":"\#(kind.rawValue)","presented_ns":\#(presentedNanoseconds),"revision":\#(revision)}"# + "\n"
        do {
            try self.file.withLock { file in
                try file.seekToEnd()
                try file.write(contentsOf: Data(line.utf8))
            }
        } catch {
            self.logger.warning("a trace line is lost", metadata: ["error": "\(error)"])
        }
    }
}
