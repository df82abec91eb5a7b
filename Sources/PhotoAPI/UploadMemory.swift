import Crypto
import Foundation

/// Which uploads were begun and not finished, so that the next run goes on with them: a small file for each, in a
/// folder of this user's.
package struct UploadMemory: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// The upload of this very file, if there is one.
    func upload(of file: PhotoFile, to server: String, album: Int64?) -> String? {
        let path = self.path(file, server, album)
        return (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Where the folder cannot be written, an interrupted upload begins anew: that is no reason not to upload.
    func remember(_ upload: String, of file: PhotoFile, to server: String, album: Int64?) {
        try? FileManager.default.createDirectory(
            atPath: self.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = FileManager.default.createFile(
            atPath: self.path(file, server, album), contents: Data((upload + "\n").utf8),
            attributes: [.posixPermissions: 0o600])
    }

    func forget(_ file: PhotoFile, to server: String, album: Int64?) {
        try? FileManager.default.removeItem(atPath: self.path(file, server, album))
    }

    /// A file that has changed since is another one.
    private func path(_ file: PhotoFile, _ server: String, _ album: Int64?) -> String {
        let album = album.map { "\($0)" } ?? ""
        let key = [server, file.path, "\(file.size)", "\(file.modified)", album].joined(separator: "\0")
        return self.folder + "/" + SHA256.hash(data: Data(key.utf8)).map { String(format: "%02x", $0) }.joined()
    }
}
