import Foundation

/// The programs of this package, as built beside the tests, or from the folder that `VITRINE_PROGRAMS` names: those of a
/// release build, for what a debug build says nothing about.
package enum BuiltProgram {
    private static let chosen = ProcessInfo.processInfo.environment["VITRINE_PROGRAMS"].map { URL(filePath: $0) }

    /// Whether they were chosen, and so are what people install.
    package static var areChosen: Bool { self.chosen != nil }

    package static var photoctl: String { get throws { try Self.path(of: "photoctl") } }
    package static var photoserver: String { get throws { try Self.path(of: "photoserver") } }
    package static var store: String { get throws { try Self.path(of: "vitrine-store") } }
    package static var photoviewer: String { get throws { try Self.path(of: "photoviewer") } }

    private static func path(of name: String) throws -> String {
        // The test bundle runs from the folder that SwiftPM builds into.
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = Self.chosen.map { [$0] } ?? [own, own.deletingLastPathComponent()] + Self.buildFolders
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
