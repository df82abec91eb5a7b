import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl albums …`
struct AlbumsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "albums", abstract: "Put photos together.",
        subcommands: [
            List.self, Info.self, Create.self, Rename.self, Rule.self, Add.self, Remove.self, Move.self, Delete.self,
        ])
}

/// The album that a command is about.
struct AlbumArgument: ParsableArguments {
    @Argument(help: "Its number or name.")
    var album: String
}

/// The rule of a smart album, as the API takes it.
enum AlbumRule {
    static let help = """
        A rule is JSON, a test such as {"field": "keyword", "is": "equals", "value": "sea"}, or {"all": […]}, \
        {"any": […]}, {"not": …} of others. @FILE reads it from a file, @- from stdin.
        """

    /// - Throws: ``CommandFailure`` when it is no JSON.
    static func read(_ text: String) throws -> JSON {
        let data: Data
        if text.hasPrefix("@") {
            data = try InputFile.read(String(text.dropFirst()))
        } else {
            data = Data(text.utf8)
        }
        guard let json = try? JSON(data: data) else {
            throw CommandFailure(.badInput, "the rule is no JSON", remedy: Self.help)
        }
        return json
    }
}

/// A file that a command reads whole; - is stdin.
enum InputFile {
    static func read(_ path: String) throws -> Data {
        do {
            if path == "-" { return try FileHandle.standardInput.readToEnd() ?? Data() }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandFailure(
                .noInput, "cannot read \(TerminalText.escaped(path)): \(error.localizedDescription)",
                remedy: "Check its path and its permissions.")
        }
    }
}

extension AlbumsCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["albums"], as: Listing<Album>.self)
            return Report(
                answer.json, [.number("ID"), .text("NAME"), .number("PHOTOS"), "KIND"],
                rows: answer.value.elements.map {
                    ["\($0.id)", $0.name, "\($0.photoCount)", $0.isSmart ? "smart" : "by hand"]
                }, empty: "There is no album yet. Make one: photoctl albums create NAME")
        }
    }

    struct Info: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "One album and its rule.", discussion: "Its photos: photoctl photos list --album ALBUM")
        @OptionGroup var argument: AlbumArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.album(self.argument.album).id
            let answer = try await api.get(["albums", "\(id)"], as: Album.self)
            let album = answer.value
            return Report(
                answer.json,
                members: [
                    ("id", "\(album.id)"), ("name", album.name), ("photos", "\(album.photoCount)"),
                    ("rule", try album.rule?.text(inLines: false)),
                ])
        }
    }

    struct Create: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Make one.", discussion: AlbumRule.help)

        @Argument(help: "Its name.")
        var name: String

        @Option(help: ArgumentHelp("Makes a smart album, whose photos this decides about.", valueName: "rule"))
        var rule: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.send(
                .post, ["albums"],
                .members(["name": .string(self.name), "rule": try self.rule.map(AlbumRule.read)]), as: Album.self)
            let album = answer.value
            let photos = album.isSmart ? ", \(album.photoCount.of("photo"))" : ""
            return Report(answer.json, "Album \(album.id), “\(album.name)”\(photos).")
        }
    }

    struct Rename: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Call one something else.")
        @OptionGroup var argument: AlbumArgument

        @Argument(help: "Its new name.")
        var name: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.album(self.argument.album).id
            let answer = try await api.send(
                .patch, ["albums", "\(id)"], ["name": .string(self.name)], as: Album.self)
            return Report(answer.json, "Album \(id) is called “\(answer.value.name)”.")
        }
    }

    struct Rule: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a smart album another rule.", discussion: AlbumRule.help)
        @OptionGroup var argument: AlbumArgument

        @Argument(help: "The rule.")
        var rule: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.album(self.argument.album).id
            let answer = try await api.send(
                .patch, ["albums", "\(id)"], ["rule": try AlbumRule.read(self.rule)], as: Album.self)
            return Report(answer.json, "“\(answer.value.name)” has \(answer.value.photoCount.of("photo")).")
        }
    }

    struct Add: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Put photos into an album.")
        @OptionGroup var argument: AlbumArgument
        @OptionGroup var arguments: PhotoArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.changeMembers(.post, of: self.argument.album, self.arguments.photos)
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take photos out of an album. They stay in the library.")
        @OptionGroup var argument: AlbumArgument
        @OptionGroup var arguments: PhotoArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.changeMembers(.delete, of: self.argument.album, self.arguments.photos)
        }
    }

    struct Move: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the order of an album by hand.",
            discussion: "The photos go before another one, or to the end.")
        @OptionGroup var argument: AlbumArgument
        @OptionGroup var arguments: PhotoArguments

        @Option(help: ArgumentHelp("Before this one. Default: to the end.", valueName: "photo"))
        var before: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.album(self.argument.album).id
            let numbers = try await api.photoNumbers(self.arguments.photos)
            var before: Int64?
            if let text = self.before { before = try await api.photoNumber(text) }
            let answer = try await api.send(
                .post, ["albums", "\(id)", "order"],
                .members([
                    "photos": .array(numbers.map { .integer($0) }), "before": before.map { .integer($0) },
                ]), as: EditAnswer.self)
            return Report(answer.json, EditSentence.text(answer.value.edit))
        }
    }

    struct Delete: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete an album. Its photos stay in the library.")
        @OptionGroup var argument: AlbumArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let album = try await api.album(self.argument.album)
            let answer = try await api.send(.delete, ["albums", "\(album.id)"], as: EditAnswer.self)
            return Report(answer.json, EditSentence.text(answer.value.edit))
        }
    }
}

extension APIClient {
    fileprivate func changeMembers(
        _ method: APIClient.Method, of album: String, _ photos: [String]
    ) async throws -> Report {
        let album = try await self.album(album)
        let numbers = try await self.photoNumbers(photos)
        let answer = try await self.send(
            method, ["albums", "\(album.id)", "photos"], ["photos": .array(numbers.map { .integer($0) })],
            as: Album.self)
        return Report(
            answer.json, "“\(answer.value.name)” has \(answer.value.photoCount.of("photo")).",
            EditSentence.text(answer.value.edit))
    }
}
