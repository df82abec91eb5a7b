import ArgumentParser
import CommandLineSupport
import DemoPhotos
import Foundation

/// `photoserver demo`: photos to try the system with, made by our own code.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Write demo photos into a folder.",
        discussion:
            "Procedural scenes, landscape and portrait, with dates and keywords. Files already there are left alone.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The folder; made if it is missing.")
    var folder: String

    func run() async throws {
        _ = try await self.common.settings(flags: [:])
        do {
            try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(
                .cannotCreate, "cannot make the folder \(self.folder): \(error.localizedDescription)",
                remedy: "Choose a folder that you may write to.")
        }
        let written = try DemoPhotos.write(to: self.folder)
        print("\(written.count) demo photos in \(self.folder)")
    }
}
