import Crypto
import Foundation
import TestSupport

/// A playlist of as many photos as a test wants, made from a few real ones, with hostile files among them.
struct ManyPhotos: Sendable {
    /// One photo in so many is hostile.
    static let hostileEvery = 25

    let count: Int
    let playlist: [UInt8]
    private let originals: [[UInt8]]

    /// - Parameter size: Of each photo, as a server would have cut it.
    init(_ count: Int, size: String, folder: String) async throws {
        self.count = count
        var originals: [[UInt8]] = []
        for (index, photo) in [try RealPhotos.dune, try RealPhotos.storm, try RealPhotos.wood].enumerated() {
            let path = "\(folder)/original-\(index).jpg"
            let convert = try ChildProcess(
                "convert",
                [photo, "-resize", "\(size)^", "-gravity", "center", "-extent", size, "-quality", "88", path],
                log: "\(folder)/convert.log")
            guard try await convert.finished() == 0 else { throw NotInTime(description: convert.output) }
            originals.append([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        }
        self.originals = originals
        let entries = (0..<count).map {
            #"{"height":1080,"name":"photo-\#($0).jpg","rendition":"\#(Self.digest($0))","width":1920}"#
        }
        self.playlist = Array(#"{"photos":[\#(entries.joined(separator: ","))],"version":1}"#.utf8)
    }

    var hostileCount: Int { (0..<self.count).count { self.isHostile($0) } }

    var playlistDigest: String {
        SHA256.hash(data: self.playlist).map { String(format: "%02x", $0) }.joined()
    }

    /// The body for a path of a display's API.
    func content(_ path: String) -> [UInt8]? {
        if path == "playlists/\(self.playlistDigest)" { return self.playlist }
        guard path.hasPrefix("photos/"), let number = Int(path.suffix(12), radix: 16) else { return nil }
        return self.isHostile(number) ? self.hostile(number / Self.hostileEvery) : self.photo(number)
    }

    private func isHostile(_ number: Int) -> Bool { number % Self.hostileEvery == Self.hostileEvery - 1 }

    private static func digest(_ number: Int) -> String { String(format: "%064x", number) }

    /// A photo whose bytes no other has, by a comment.
    private func photo(_ number: Int) -> [UInt8] {
        let original = self.originals[number % self.originals.count]
        let comment = Array("photo \(number)".utf8)
        return original[..<2] + [0xFF, 0xFE, 0, UInt8(comment.count + 2)] + comment + original[2...]
    }

    private func hostile(_ kind: Int) -> [UInt8] {
        let original = self.originals[0]
        switch kind % 8 {
        case 0: return []
        case 1: return Array("<html>Sign in to the network</html>".utf8)
        case 2: return Array(original.prefix(original.count / 2))
        case 3:
            var damaged = original
            for index in (damaged.count / 2)..<(damaged.count / 2 + 500) { damaged[index] = 0xFF }
            return damaged
        case 4: return self.resized(original, to: 0xFFDC)
        case 5: return self.resized(original, to: 16_000, marker: 0xC2)
        case 6: return self.resized(original, to: 0)
        default:
            var generator = SeededGenerator(seed: UInt64(kind))
            return [0xFF, 0xD8] + (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
    }

    /// The same file with a frame header that promises another size, and another kind of coding.
    private func resized(_ jpeg: [UInt8], to side: Int, marker: UInt8? = nil) -> [UInt8] {
        var bytes = jpeg
        var index = 2
        while index + 9 < bytes.count, bytes[index] == 0xFF {
            if bytes[index + 1] == 0xC0 || bytes[index + 1] == 0xC2 {
                if let marker { bytes[index + 1] = marker }
                for offset in [5, 7] {
                    bytes[index + offset] = UInt8(side >> 8)
                    bytes[index + offset + 1] = UInt8(side & 0xFF)
                }
                return bytes
            }
            index += 2 + Int(bytes[index + 2]) << 8 + Int(bytes[index + 3])
        }
        return bytes
    }
}
