import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl displays …`
struct DisplaysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "displays", abstract: "See what displays show, and change it.",
        subcommands: [
            List.self, Info.self, Watch.self, Pair.self, Set.self, Rename.self, Next.self, Previous.self, Pause.self,
            Resume.self, Show.self, Identify.self, RestartScreen.self, Reboot.self, Picture.self, Photos.self,
            Why.self, History.self, Revert.self, Remove.self,
        ])
}

/// The display that a command is about.
struct DisplayArgument: ParsableArguments {
    @Argument(help: "Its id or name.")
    var display: String
}

extension DisplaysCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them with what they show now.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["displays"], as: Listing<Display>.self)
            let albums = try await api.albumNames()
            return Report(
                answer.json,
                ["ID", "NAME", "STATE", .text("ALBUM"), .text("SHOWING"), .text("NEWEST CHANGE")],
                rows: answer.value.elements.map { display in
                    [
                        display.id, display.name, display.liveness + (display.paused ? ", paused" : ""),
                        display.shownAlbum.flatMap { albums[$0] } ?? "-", display.showingName ?? "-",
                        display.deliveryText.isEmpty ? "-" : display.deliveryText,
                    ]
                }, empty: "There is no display yet. Pair one: photoctl displays pair CODE")
        }
    }

    struct Info: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "All about one display, its settings too.")
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.display(self.argument.display)
            let display = answer.value
            let albums = try await api.albumNames()
            let settings = display.settings.sorted { $0.key < $1.key }.map { name, value in
                ("  \(name)", Optional(SettingValue.text(value)))
            }
            let warnings = display.warnings.map { ("warning", Optional($0)) }
            let members: [(String, String?)] = [
                ("id", display.id), ("name", display.name), ("kind", display.kind),
                ("screen", "\(display.width) × \(display.height), power \(display.power)"),
                ("state", display.livenessText), ("album", display.album.flatMap { albums[$0] } ?? "none"),
                ("shown album", display.shownAlbum.flatMap { albums[$0] } ?? "none"),
                ("showing", display.showingName), ("next", display.nextName),
                ("newest change", display.deliveryText.isEmpty ? nil : display.deliveryText),
                ("command", display.lastCommand), ("address", display.ip), ("version", display.version),
            ]
            return Report(answer.json, members: members + warnings + [("settings", "")] + settings)
        }
    }

    struct Pair: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let in the display whose screen shows this code.",
            discussion: "With --check, only say which display it is.")

        @Argument(help: "The six characters on its screen.")
        var code: String

        @Option(help: ArgumentHelp("What to call it. Default: what it calls itself.", valueName: "name"))
        var name: String?

        @Option(help: ArgumentHelp("What it shows.", valueName: "album"))
        var album: String?

        @Option(
            help: ArgumentHelp("Put it in the place of this display, with all that was set up.", valueName: "display"))
        var replaces: String?

        @Flag(help: "Only say which display it is.")
        var check = false

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            if self.check {
                let answer = try await api.get(["pairings", self.code], as: PendingDisplay.self)
                let found = answer.value
                return Report(
                    answer.json,
                    "\(found.code): \(found.name ?? "a display without a name"), \(found.kind), "
                        + "\(found.width) × \(found.height), at \(found.address)")
            }
            var replaced: String?
            if let replaces { replaced = try await api.display(replaces).value.id }
            var album: Album?
            if let name = self.album { album = try await api.album(name) }
            let answer = try await api.send(
                .post, ["pairings"],
                .members([
                    "code": .string(self.code), "name": self.name.map { .string($0) },
                    "album": album.map { .integer($0.id) }, "replaces": replaced.map { .string($0) },
                ]), as: Display.self)
            return Report(answer.json, "\(answer.value.name) is let in, as \(answer.value.id).")
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a display's credentials away; it shows nothing more.",
            discussion: "It has to be paired anew afterwards. What was set up for it is gone.")
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.display(self.argument.display)
            try await api.call(.delete, ["displays", answer.value.id])
            return Report(answer.json, "\(answer.value.name) (\(answer.value.id)) is removed.")
        }
    }

    struct Photos: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "The photos that a display has in its playlist.")
        @OptionGroup var argument: DisplayArgument

        @Option(help: ArgumentHelp("Only those with these words.", valueName: "words"))
        var text: String?

        @OptionGroup var options: ServerOptions

        private struct Page: Decodable, Sendable {
            let photos: [Photo]
            let next: Int?
        }

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.argument.display).value.id
            var photos: [Photo] = []
            var elements: [JSON] = []
            var after: Int?
            repeat {
                let page = try await api.get(
                    ["displays", id, "photos"],
                    query: ["text": self.text, "after": after.map { "\($0)" }, "limit": "200"], as: Page.self)
                photos += page.value.photos
                elements += page.json["photos"]?.elements ?? []
                after = page.value.next
            } while after != nil
            return Report(
                ["photos": .array(elements)], PhotoTable.columns, rows: photos.map(PhotoTable.row),
                empty: "It has no photo that it could show.")
        }
    }

    struct Why: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Say why a display shows a photo.")
        @OptionGroup var argument: DisplayArgument

        @Argument(help: "A photo's name. Default: the one on the screen.")
        var photo: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.argument.display).value.id
            let answer = try await api.get(["displays", id, "why"], query: ["photo": self.photo], as: Reasons.self)
            return Report(answer.json, lines: [answer.value.photo] + answer.value.sentences)
        }
    }

    struct Picture: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save what is on the screen now as a JPEG.")
        @OptionGroup var argument: DisplayArgument

        @Argument(help: "The file to write; there must be none of that name yet. - is stdout.")
        var file: String

        @OptionGroup var options: ServerOptions

        private struct Asked: Decodable, Sendable { let request: String }

        func run(_ api: APIClient) async throws -> Report? {
            try NewFile.check(self.file)
            let id = try await api.display(self.argument.display).value.id
            let asked = try await api.send(.post, ["displays", id, "picture"], as: Asked.self).value.request
            let picture = try await api.bytes(["displays", id, "picture", asked])
            return try NewFile.write(picture, to: self.file)
        }
    }
}

/// A file that a command makes.
enum NewFile {
    static func check(_ path: String) throws {
        guard path == "-" || !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                .cannotCreate, "\(path) exists already", remedy: "Give another name, or remove that file first.")
        }
    }

    /// - Returns: What to say; nothing when the bytes themselves go to stdout.
    static func write(_ data: Data, to path: String) throws -> Report? {
        guard path != "-" else {
            FileHandle.standardOutput.write(data)
            return nil
        }
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch {
            throw CommandFailure(
                .cannotCreate, "cannot write \(path): \(error.localizedDescription)",
                remedy: "Check its folder and the room on the disk.")
        }
        return Report(
            ["file": .string(path), "bytes": .integer(Int64(data.count))], "\(path): \(data.count.of("byte"))")
    }
}

extension APIClient {
    func albumNames() async throws -> [Int64: String] {
        let albums = try await self.get(["albums"], as: Listing<Album>.self).value.elements
        return Dictionary(albums.map { ($0.id, $0.name) }) { first, _ in first }
    }
}
