import Crypto
import Foundation

/// A cached picture's file: its name ends with the SHA-256 of its bytes, so that a card that forgets bits is noticed.
enum PhotoFile {
    static let suffix = ".jpg"

    /// `<key>-<digest>.jpg`.
    static func name(key: String, digest: String) -> String { "\(key)-\(digest)\(self.suffix)" }

    /// Reads what ``name(key:digest:)`` wrote; nil for anything else.
    static func parse(_ name: some StringProtocol) -> (key: String, digest: String)? {
        guard name.hasSuffix(self.suffix) else { return nil }
        let parts = name.dropLast(self.suffix.count).split(separator: "-")
        guard parts.count == 2, parts[1].count == 64 else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// - Throws: ``ViewerError`` with code `storage` when the file cannot be read.
    static func digest(of path: String) throws(ViewerError) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ViewerError(.storage, "cannot read \(path)")
        }
        defer { try? handle.close() }
        var hash = SHA256()
        do {
            while let piece = try handle.read(upToCount: 1 << 18), !piece.isEmpty { hash.update(data: piece) }
        } catch {
            throw ViewerError(.storage, "cannot read \(path): \(error.localizedDescription)")
        }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Checks that the file has the bytes that it was kept with.
    ///
    /// - Throws: ``StageError`` with code `undecodable`: they have changed, or cannot be read.
    static func check(_ path: String) throws(StageError) {
        guard let (_, wanted) = self.parse((path as NSString).lastPathComponent) else { return }
        do throws(ViewerError) {
            guard try self.digest(of: path) != wanted else { return }
        } catch {
            throw StageError(.undecodable, error.message, path: path)
        }
        throw StageError(.undecodable, "\(path) has changed on the disk since it was kept", path: path)
    }
}
