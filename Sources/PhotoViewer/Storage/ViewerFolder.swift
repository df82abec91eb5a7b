import Foundation
import Logging

/// The display's data folder: which file is where, and how each is read and written.
package struct ViewerFolder: Sendable {
    package let path: String
    private let logger: Logger

    /// Makes the folder.
    ///
    /// - Throws: ``ViewerError`` with code `storage`.
    package init(_ path: String, logger: Logger) throws(ViewerError) {
        self.path = path
        self.logger = logger
        do {
            for folder in [path, "\(path)/playlists", "\(path)/photos"] {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw ViewerError(.storage, "cannot use the data folder \(path): \(error.localizedDescription)")
        }
    }

    var identityFile: String { "\(self.path)/identity.json" }
    var credentialsFile: String { "\(self.path)/credentials.json" }
    var channelFile: String { "\(self.path)/channel.json" }
    var commandsFile: String { "\(self.path)/commands.json" }
    var serverFile: String { "\(self.path)/server.json" }
    var showFile: String { "\(self.path)/show.json" }
    package var etcdCertificateFile: String { "\(self.path)/etcd-ca.pem" }
    var photosFolder: String { "\(self.path)/photos" }

    func playlistFile(_ sha256: String) -> String { "\(self.path)/playlists/\(sha256).json" }

    /// Reads a file as JSON; nil when there is none. One that cannot be read, cut short by a failing disk perhaps, is
    /// put aside and counts as none: a display has to start.
    func read<Value: Decodable>(_ type: Value.Type, from file: String) -> Value? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            self.logger.error(
                "a data file is damaged and put aside", metadata: ["file": "\(file)", "error": "\(error)"])
            rename(file, "\(file).damaged")
            return nil
        }
    }

    /// - Throws: ``ViewerError`` with code `storage`.
    func write(_ value: some Encodable, to file: String, isDurable: Bool = true) throws(ViewerError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw ViewerError(.storage, "cannot encode \(file): \(error)")
        }
        try AtomicFile.write(Array(data), to: file, permissions: 0o600, isDurable: isDurable)
    }

    /// The bytes of a playlist document, if it is here.
    func playlist(_ sha256: String) -> [UInt8]? {
        FileManager.default.contents(atPath: self.playlistFile(sha256)).map(Array.init)
    }

    /// Keeps a playlist document.
    ///
    /// - Throws: ``ViewerError`` with code `storage`.
    func keepPlaylist(_ bytes: [UInt8], sha256: String) throws(ViewerError) {
        try AtomicFile.write(bytes, to: self.playlistFile(sha256), permissions: 0o600)
    }

    /// Forgets all playlist documents but this one.
    func forgetPlaylists(except sha256: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(self.path)/playlists")) ?? []
        for name in names where name != "\(sha256).json" { self.remove("\(self.path)/playlists/\(name)") }
    }

    /// Forgets everything that makes this display one of its server's: a revoked display starts as a stranger, and
    /// under another id, since an id is never used again.
    func erase() {
        let files = [
            self.identityFile, self.credentialsFile, self.channelFile, self.commandsFile, self.showFile,
            self.serverFile, self.etcdCertificateFile,
        ]
        for file in files { self.remove(file) }
        for folder in ["\(self.path)/playlists", self.photosFolder] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names { self.remove("\(folder)/\(name)") }
        }
    }

    private func remove(_ file: String) {
        do {
            try FileManager.default.removeItem(atPath: file)
        } catch let error as CocoaError where error.code == .fileNoSuchFile {
            return
        } catch {
            self.logger.error(
                "a file could not be removed", metadata: ["file": "\(file)", "error": "\(error.localizedDescription)"])
        }
    }
}
