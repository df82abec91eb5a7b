import CommandLineSupport
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The servers that somebody has logged in to, by name.
struct ServerList: Codable {
    struct Server: Codable {
        var url: String
        var caFile: String?
        var user: String
        var token: String
        /// The token's number, where this program made it, and so may end it.
        var tokenID: Int64?
        var expiresAt: Date?
    }

    /// The one that commands mean that name none.
    var current: String?
    var servers: [String: Server] = [:]
}

/// Where a ``ServerList`` is kept: a file that its owner alone may read, since it has tokens in it.
struct ServerListFile {
    let path: String

    /// In `$XDG_CONFIG_HOME`, as the XDG Base Directory Specification says.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.config"
        self.path = folder + "/vitrine/photoctl.json"
    }

    private var folder: String { String(self.path.prefix(upTo: self.path.lastIndex(of: "/") ?? self.path.endIndex)) }

    /// An empty list where there is no file.
    ///
    /// - Throws: ``CommandFailure`` when others may read the file, or it is not one of this program.
    func read() throws -> ServerList {
        let permissions: Int?
        do {
            permissions = try FileManager.default.attributesOfItem(atPath: self.path)[.posixPermissions] as? Int
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            return ServerList()
        } catch {
            throw self.failure(.ioError, "cannot be read", error.localizedDescription)
        }
        guard let permissions, permissions & 0o077 == 0 else {
            throw CommandFailure(
                .configuration, "\(self.path) has tokens in it, and others may read it",
                remedy: "Run chmod 600 on it. If others can have seen it, end the tokens: photoctl tokens list.")
        }
        guard let data = FileManager.default.contents(atPath: self.path) else {
            throw self.failure(.ioError, "cannot be read")
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(ServerList.self, from: data)
        } catch {
            throw CommandFailure(
                .configuration, "\(self.path) is not a list of servers that photoctl wrote",
                remedy: "Move it away, and log in again.")
        }
    }

    /// Changes the list: whole or not at all, and one program after the other.
    ///
    /// - Throws: ``CommandFailure``, and what `body` throws.
    func update(_ body: (inout ServerList) throws -> Void) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: self.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw self.failure(.cannotCreate, "cannot be written", error.localizedDescription)
        }
        let lock = open(self.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw self.failure(.cannotCreate, "cannot be written") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw self.failure(.ioError, "cannot be locked") }
        var list = try self.read()
        try body(&list)
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try self.write(Array(try encoder.encode(list)) + [0x0a])
    }

    private func write(_ bytes: [UInt8]) throws {
        let temporary = "\(self.path).\(getpid())"
        unlink(temporary)
        // Nobody else can open it at any moment, and what is there before stays until the new one is on the disk.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw self.failure(.cannotCreate, "cannot be written") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { PlatformWrite.write(descriptor, $0) }
            guard count > 0 || errno == EINTR else {
                unlink(temporary)
                throw self.failure(.ioError, "cannot be written")
            }
            rest = rest.dropFirst(max(0, count))
        }
        guard fsync(descriptor) == 0, rename(temporary, self.path) == 0 else {
            unlink(temporary)
            throw self.failure(.ioError, "cannot be written")
        }
    }

    private func failure(
        _ status: CommandFailure.Status, _ what: String, _ why: String = String(cString: strerror(errno))
    ) -> CommandFailure {
        CommandFailure(
            status, "\(self.path) \(what): \(why)", remedy: "Check its folder, or set XDG_CONFIG_HOME to another.")
    }
}

/// `write(2)` under a name that no method hides.
private enum PlatformWrite {
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
