import ArgumentParser
import CommandLineSupport
import Foundation
import Logging
import PhotoLibrary
import Renditions

/// `photoserver check`: compares the library's files with its database, and mends what can be mended.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compare the library's files with its database.",
        discussion: """
            Stop the server first. Without --mend nothing is changed. An original is never deleted: one without a photo \
            is taken in again, or put into lost+found when it is none. The exit status is 0 when all is sound, else 65.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Flag(help: "Read every original and compare it with its hash.")
    var readAll = false

    @Flag(help: "Mend what can be mended.")
    var mend = false

    func run() async throws {
        do {
            let settings = try await self.common.settings(flags: ["data": self.data])
            let library = try await PhotoLibrary(
                directory: try settings.required("data"), renditions: RenditionPool(), logger: Logger(label: "check"))
            let report: CheckReport
            do {
                report = try await library.check(readsAll: self.readAll, mends: self.mend)
            } catch {
                try? library.close()  // the first error is the one to tell
                throw error
            }
            try library.close()
            try self.tell(report)
        } catch let error as PhotoLibraryError {
            throw CommandFailure(error)
        }
    }

    private func tell(_ report: CheckReport) throws {
        for path in report.orphanOriginals { print("original without a photo: \(path)") }
        for name in report.lostOriginals { print("photo without its original: \(name)") }
        for fault in report.databaseFaults { print(fault) }
        if report.orphanRenditions > 0 { print("\(report.orphanRenditions) renditions of no photo") }
        guard !report.isSound else { return print("The library is sound.") }
        let remedy =
            report.isMended
            ? report.lostOriginals.isEmpty
                ? "Everything was mended." : "Copy the originals that are lost back from a backup."
            : "Run it with --mend."
        guard !report.isMended || !report.lostOriginals.isEmpty else { return print(remedy) }
        throw CommandFailure(.badInput, "files and database differ", remedy: remedy)
    }
}
