import ArgumentParser
import CommandLineSupport
import Foundation
import Logging
import PhotoLibrary
import Renditions

/// `photoserver import-legacy`: everything of the older, Flask and MySQL based system.
struct ImportLegacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-legacy", abstract: "Take in photos, albums and displays of the older system.",
        discussion: """
            Stop the server first. TABLES is an SQLite file with the tables image, album, album_image, frame and \
            frameset, or a folder with image.csv and so on (or image.tsv), each beginning with the names of its columns. \
            From MySQL they are made with

              mysql --batch --execute 'select * from image' photos > tables/image.tsv

            and so on. Names, keywords, dates, smart albums' rules and the ids of displays are kept. It can be run \
            again: what was taken in before is left as it is. The exit status is 65 when something could not be \
            taken in; each is named.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The folder of the older system's photo files.", valueName: "dir"))
    var photos: String

    @Argument(help: ArgumentHelp("An SQLite file, or a folder of CSV or TSV files.", valueName: "tables"))
    var tables: String

    func run() async throws {
        do {
            let settings = try await self.common.settings(flags: ["data": self.data])
            let directory = try settings.required("data")
            let dump = try LegacyDump(path: self.tables)
            let library = try await PhotoLibrary(
                directory: directory, renditions: RenditionPool(), logger: Logger(label: "import-legacy"))
            let report: LegacyReport
            do {
                report = try await library.importLegacy(dump, photos: self.photos) { done in
                    guard done.isMultiple(of: 100) else { return }
                    FileHandle.standardError.write(Data("\(done) of \(dump.imageCount) photos\n".utf8))
                }
            } catch {
                try? library.close()  // the first error is the one to tell
                throw error
            }
            try library.close()
            try self.tell(report)
        } catch let error as PhotoLibraryError {
            let status: CommandFailure.Status =
                switch error.code {
                case .inUse: .unavailable
                case .damaged, .unsupportedFormat: .badInput
                default: .ioError
                }
            throw CommandFailure(status, error.message)
        }
    }

    private func tell(_ report: LegacyReport) throws {
        for problem in report.problems { FileHandle.standardError.write(Data("\(problem)\n".utf8)) }
        print(
            "\(report.photosAdded) photos added, \(report.photosShared) shared with another, \(report.photosKnown) known "
                + "already")
        print(
            "\(report.albums) albums, \(report.smartAlbums) smart albums, \(report.displays) displays, "
                + "\(report.framesets) framesets as groups")
        guard report.problems.isEmpty else {
            throw CommandFailure(.badInput, "\(report.problems.count) things are not as they were; each is named above")
        }
    }
}
