import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI
import Synchronization

extension PhotosCommand {
    struct Upload: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add photos: files, whole folders, ZIP archives.",
            discussion: """
                Of folders, the files whose names end as photos' do are taken, sub-folders' too; hidden ones are not. \
                A photo that the library has already is known again by its bytes and put into the album only. \
                Interrupted, the same command goes on in the middle of the file where it stopped.

                Ends with 65 when some file was no photo; the others are added all the same.
                """)

        @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"), completion: .file())
        var paths: [String]

        @Option(help: ArgumentHelp("Put them into this album.", valueName: "album"))
        var album: String?

        @Flag(help: "Make the album if there is none of that name.")
        var create = false

        @Option(help: ArgumentHelp("How many files at once.", valueName: "number"))
        var parallel: Int = 3

        @OptionGroup var options: ServerOptions

        func validate() throws {
            guard (1...16).contains(self.parallel) else { throw ValidationError("--parallel must be from 1 to 16") }
            if self.create, self.album == nil { throw ValidationError("--create needs --album") }
        }

        func run(_ api: APIClient) async throws -> Report? {
            // Before anything is sent: a name that was mistyped should not cost half an hour.
            let files = try PhotoFiles.find(self.paths)
            let album = try await self.album(api)
            let run = UploadRun(
                files: files, album: album?.id, memory: UploadMemory(folder: Self.memoryFolder), parallel: self.parallel
            )
            let outcome = try await run.run(api)
            let report = outcome.report(album)
            guard outcome.refused.isEmpty else {
                try report.print(asJSON: self.options.json)
                throw CommandFailure(
                    .badInput, "\(outcome.refused.count.of("file")) could not be added",
                    remedy: outcome.refused.map {
                        TerminalText.escaped("\($0.file): \($0.message)")
                    }.joined(separator: "\n"))
            }
            return report
        }

        private func album(_ api: APIClient) async throws -> Album? {
            guard let name = self.album else { return nil }
            do {
                return try await api.album(name)
            } catch let error as CommandFailure where error.status == .noInput && self.create {
                return try await api.send(.post, ["albums"], ["name": .string(name)], as: Album.self).value
            }
        }

        /// In `$XDG_STATE_HOME`, as the XDG Base Directory Specification says.
        private static var memoryFolder: String {
            let environment = ProcessInfo.processInfo.environment
            let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            return (state ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state") + "/vitrine/uploads"
        }
    }

    struct Uploads: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Uploads that were begun and not finished.",
            discussion: "They are kept for a week. With --cancel one is thrown away.")

        @Option(help: ArgumentHelp("Throw this one away.", valueName: "id"))
        var cancel: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            if let cancel {
                try await api.call(.delete, ["uploads", cancel])
                return Report(["id": .string(cancel)], "Upload \(cancel) is thrown away.")
            }
            let answer = try await api.get(["uploads"], as: Listing<UnfinishedUpload>.self)
            return Report(
                answer.json, ["ID", .text("FILE"), .number("SIZE"), .number("THERE"), .number("IDLE")],
                rows: answer.value.elements.map { upload in
                    [
                        upload.id, upload.filename, Bytes.text(upload.size),
                        "\(100 * upload.offset / max(1, upload.size)) %", "\(upload.idleSeconds) s",
                    ]
                }, empty: "None.")
        }
    }
}

/// Sizes for people.
enum Bytes {
    static func text(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_000: "\(bytes) B"
        case ..<1_000_000: String(format: "%.1f kB", Double(bytes) / 1e3)
        case ..<1_000_000_000: String(format: "%.1f MB", Double(bytes) / 1e6)
        default: String(format: "%.1f GB", Double(bytes) / 1e9)
        }
    }
}

/// The files that somebody means by files and folders.
enum PhotoFiles {
    /// What files in a folder have to end in. A file that is named itself is sent whatever it is called.
    private static let endings: Swift.Set<String> = [
        "jpg", "jpeg", "jpe", "png", "webp", "heic", "heif", "avif", "tif", "tiff", "gif", "dng", "cr2", "cr3", "nef",
        "arw", "orf", "rw2", "raf", "pef", "srw", "zip",
    ]

    /// - Throws: ``CommandFailure`` when something is not there, or there is nothing to send.
    static func find(_ paths: [String]) throws -> [PhotoFile] {
        var files: [PhotoFile] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure(
                    .noInput, "there is no file \(TerminalText.escaped(path))", remedy: "Check the path.")
            }
            files += isFolder.boolValue ? try Self.folder(path) : [try PhotoFile(path: path)]
        }
        guard !files.isEmpty else {
            throw CommandFailure(
                .noInput, "there is no photo in \(TerminalText.escaped(paths.joined(separator: ", ")))",
                remedy: "A file that you name yourself is sent whatever it is called.")
        }
        return files
    }

    private static func folder(_ path: String) throws -> [PhotoFile] {
        guard
            let found = FileManager.default.enumerator(
                at: URL(fileURLWithPath: path), includingPropertiesForKeys: [.isRegularFileKey],
                options: [.skipsHiddenFiles])
        else { throw CommandFailure(.noInput, "cannot read the folder \(TerminalText.escaped(path))") }
        var paths: [String] = []
        for case let url as URL in found where Self.endings.contains(url.pathExtension.lowercased()) {
            paths.append(url.path)
        }
        return try paths.sorted().map { try PhotoFile(path: $0) }
    }
}
