import Foundation

/// What commands ask of the file system.
enum FileSystem {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

extension [UInt8] {
    /// Two digits a byte.
    var hexadecimal: String { self.map { String(format: "%02x", $0) }.joined() }
}
