import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Small files that only the owner of this process may read.
enum PrivateFile {
    /// Replaces the file in one step. It never exists with wider rights or with half of its text.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PrivateFileError(path: path, errno: errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data((text + "\n").utf8))
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else { throw PrivateFileError(path: path, errno: errno) }
    }

    /// The text without its last line break, or nil where there is no such file.
    static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Removes the file; one that is not there is fine.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw PrivateFileError(path: path, errno: errno) }
    }
}

/// A private file could not be written or removed.
struct PrivateFileError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    fileprivate init(path: String, errno code: Int32) {
        self.path = path
        self.reason = String(cString: strerror(code))
    }

    var description: String {
        "cannot write \(self.path): \(self.reason). Check that the data folder exists and belongs to this user."
    }
}
