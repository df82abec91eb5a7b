import Glibc

/// The few steps that make a file survive a power cut: its bytes, then its name.
package enum DurableFile {
    /// A failed system call, with what it was done to.
    package struct Failure: Error, CustomStringConvertible {
        package let operation: String
        package let path: String
        package let errorNumber: Int32

        package init(_ operation: String, _ path: String, errorNumber: Int32 = errno) {
            self.operation = operation
            self.path = path
            self.errorNumber = errorNumber
        }

        package var isDiskFull: Bool { self.errorNumber == ENOSPC || self.errorNumber == EDQUOT }
        package var isMissing: Bool { self.errorNumber == ENOENT }
        package var description: String {
            "\(self.operation) \(self.path): \(String(cString: strerror(self.errorNumber)))"
        }
    }

    /// Makes a directory and the ones above it, durably; fine if it exists.
    package static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
        if mkdir(path, mode) == 0 {
            try self.synchronizeDirectory(self.parent(of: path))
            return
        }
        switch errno {
        case EEXIST: return
        case ENOENT:
            let above = self.parent(of: path)
            guard above != path else { throw Failure("make directory", path, errorNumber: ENOENT) }
            try self.makeDirectory(above, mode: mode)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw Failure("make directory", path) }
            try self.synchronizeDirectory(above)
        default: throw Failure("make directory", path)
        }
    }

    /// Brings the file's bytes to the disk, then gives it its name: after a crash there is all of it, or nothing.
    package static func publish(temporary: String, as path: String) throws {
        try self.synchronize(temporary, flags: O_RDONLY)
        guard rename(temporary, path) == 0 else { throw Failure("rename", temporary) }
        try self.synchronizeDirectory(self.parent(of: path))
    }

    /// Makes a file whose existence is the message, with these lines in it; replaces the one that is there.
    package static func makeMarker(_ path: String, lines: [String] = []) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("create", path) }
        defer { close(descriptor) }
        if !lines.isEmpty {
            let text = Array(lines.map { "\($0)\n" }.joined().utf8)
            guard text.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == text.count else {
                throw Failure("write", path)
            }
            guard fsync(descriptor) == 0 else { throw Failure("fsync", path) }
        }
        try self.synchronizeDirectory(self.parent(of: path))
    }

    /// The lines of a marker; none if it is not there.
    package static func lines(ofMarker path: String) throws -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw Failure("open", path)
        }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure("read", path) }
            if count == 0 { break }
            text += chunk[..<count]
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Removes a file; fine if there is none.
    package static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw Failure("remove", path) }
    }

    /// Brings names in a directory to the disk.
    package static func synchronizeDirectory(_ path: String) throws {
        try self.synchronize(path, flags: O_RDONLY | O_DIRECTORY)
    }

    /// A file's length in bytes; `nil` if there is none.
    package static func size(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func synchronize(_ path: String, flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure("fsync", path) }
    }
}
