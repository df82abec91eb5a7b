import Foundation

/// The programs of this package, as built beside the tests.
package enum BuiltProgram {
    package static var photoctl: String { get throws { try Self.path(of: "photoctl") } }
    package static var photoserver: String { get throws { try Self.path(of: "photoserver") } }
    package static var store: String { get throws { try Self.path(of: "vitrine-store") } }
    package static var photoviewer: String { get throws { try Self.path(of: "photoviewer") } }

    private static func path(of name: String) throws -> String {
        // The test bundle runs from the folder that SwiftPM builds into.
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [own, own.deletingLastPathComponent()] + Self.buildFolders
        for folder in candidates {
            let path = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw NotInTime(description: "\(name) is not built: run swift build --product \(name)")
    }

    private static var buildFolders: [URL] {
        [URL(fileURLWithPath: "\(PackageFolder.path)/.build/debug")]
    }
}
