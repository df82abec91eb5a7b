import Foundation
import TestSupport

/// Photographs from Debian's mate-backgrounds.
enum RealPhotos {
    static func path(_ name: String) throws -> String {
        let path = "/usr/share/backgrounds/mate/nature/\(name)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw NotInTime(description: "\(path) is missing: run scripts/setup test")
        }
        return path
    }

    static var dune: String { get throws { try Self.path("Dune.jpg") } }
    static var storm: String { get throws { try Self.path("Storm.jpg") } }
    static var wood: String { get throws { try Self.path("Wood.jpg") } }
}
