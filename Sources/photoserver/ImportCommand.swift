import ArgumentParser
import CommandLineSupport
import Foundation
import Logging
import PhotoLibrary
import Renditions

/// `photoserver import`: takes files and folders into the library.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take photos from files and folders into the library.",
        discussion: """
            Folders are searched to the bottom. A photo that the library has already is not taken twice. A file that is \
            no photo, or a damaged one, is named and left out; the others go on, and the exit status is 65.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Add the photos to this album; made if it is missing.", valueName: "name"))
    var album: String?

    @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"))
    var paths: [String]

    func run() async throws {
        try await explainingLibraryErrors { try await self.importFiles() }
    }

    private func importFiles() async throws {
        let settings = try await self.common.settings(flags: ["data": self.data])
        let files = try self.files()
        guard !files.isEmpty else {
            throw CommandFailure(
                .noInput, "no files in \(self.paths.joined(separator: ", "))",
                remedy: "Give a folder with photos in it.")
        }
        let directory = try settings.required("data")
        let library: PhotoLibrary
        do {
            library = try await PhotoLibrary(
                directory: directory, renditions: RenditionPool(), logger: Logger(label: "import"))
        } catch let error as PhotoLibraryError where error.code == .inUse {
            return try await self.handOver(files, to: directory)
        }
        var tally = Tally()
        do {
            let album = try await self.albumID(in: library)
            try await library.ingest(files: files, into: album) { file, outcome in tally.count(file, outcome) }
        } catch {
            try? library.close()  // the first error is the one to tell
            throw error
        }
        try library.close()
        try self.finish(tally, of: files.count)
    }

    private func finish(_ tally: Tally, of count: Int) throws {
        print(tally)
        if tally.refused > 0 {
            throw CommandFailure(.badInput, "\(tally.refused) of \(count) files were left out; each is named above")
        }
    }

    /// The server has the library open: it takes the files in, and this tells what it says.
    private func handOver(_ files: [String], to directory: String) async throws {
        let folder = FileManager.default.currentDirectoryPath
        let paths = files.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        let (request, answer) = try HandOver(paths: paths, album: self.album).send(to: directory)
        defer { try? FileManager.default.removeItem(atPath: answer) }
        var tally = Tally()
        var told = 0
        var waited = 0
        while true {
            let lines = HandOver.lines(of: answer)
            for line in lines.dropFirst(told) {
                switch line.outcome {
                case .added: tally.added += 1
                case .known: tally.known += 1
                case .refused:
                    tally.refused += 1
                    FileHandle.standardError.write(Data("\(line.path ?? ""): \(line.message ?? "")\n".utf8))
                case .finished: return try self.finish(tally, of: files.count)
                case .failed: throw CommandFailure(.ioError, line.message ?? "The server failed.")
                }
            }
            waited = lines.count > told ? 0 : waited + 1
            told = lines.count
            // The slowest photo takes a minute; a server that has not even begun after two is not one that listens.
            guard waited < 600 else {
                try? FileManager.default.removeItem(atPath: request)
                throw CommandFailure(
                    .unavailable, "the server that has \(directory) open does not answer",
                    remedy: "Stop it, or bring it to this version, and import again.")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func albumID(in library: PhotoLibrary) async throws -> AlbumID? {
        guard let name = self.album else { return nil }
        if let known = try await library.album(named: name) { return known.id }
        return try await library.createAlbum(named: name).id
    }

    /// Every file below the paths given, in order of name; hidden ones are left out.
    private func files() throws -> [String] {
        try self.paths.flatMap { path in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure(.noInput, "\(path) is not there", remedy: "Check the path.")
            }
            guard isFolder.boolValue else { return [path] }
            return (FileManager.default.subpaths(atPath: path) ?? []).sorted()
                .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
                .map { "\(path)/\($0)" }
                .filter { FileManager.default.isRegularFile($0) }
        }
    }

    private struct Tally: CustomStringConvertible {
        var added = 0
        var known = 0
        var refused = 0

        mutating func count(_ file: String, _ outcome: Result<IngestOutcome, PhotoLibraryError>) {
            switch outcome {
            case .success(.added): self.added += 1
            case .success(.duplicate): self.known += 1
            case .failure(let error):
                self.refused += 1
                FileHandle.standardError.write(Data("\(file): \(error.message)\n".utf8))
            }
        }

        var description: String { "\(self.added) photos added, \(self.known) known already, \(self.refused) left out" }
    }
}

extension FileManager {
    fileprivate func isRegularFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return self.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }
}
