import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl photos …`
struct PhotosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photos", abstract: "Add photos, find them, and keep them in order.",
        subcommands: [
            List.self, Info.self, Upload.self, Uploads.self, Tag.self, Edit.self, Delete.self, Restore.self,
            EmptyBin.self, Preview.self, Edits.self, Undo.self, Refused.self,
        ])
}

/// Photos in a table.
enum PhotoTable {
    static let columns: [TextTable.Column] = [
        .number("ID"), .text("NAME"), "TAKEN", "PIXELS", "STARS", .text("TITLE"),
    ]

    static func row(_ photo: Photo) -> [String] {
        let stars = String(repeating: "*", count: photo.rating) + (photo.favourite ? " ♥" : "")
        let taken = photo.taken.map { String($0.prefix(16)).replacing("T", with: " ") }
        return [
            "\(photo.id)", photo.name, taken ?? "-", "\(photo.width)×\(photo.height)",
            stars.trimmingCharacters(in: .whitespaces), photo.title ?? "",
        ]
    }
}

/// The photos that a command is about.
struct PhotoArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("Their numbers or names.", valueName: "photo"))
    var photos: [String]
}

extension PhotosCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "List photos, or those that have certain words.",
            discussion: """
                Words are looked for in names, titles, captions, keywords and cameras. With --ids only the numbers are \
                printed, one a line, for other commands:

                photoctl photos list --keyword sea --ids | xargs photoctl photos tag --add beach
                """)

        @Argument(help: ArgumentHelp("What to look for.", valueName: "word"))
        var words: [String] = []

        @Option(help: ArgumentHelp("Only this album's.", valueName: "album"))
        var album: String?

        @Option(help: ArgumentHelp("Only with this keyword.", valueName: "word"))
        var keyword: String?

        @Option(help: ArgumentHelp("Only taken on this day or later.", valueName: "date"))
        var from: String?

        @Option(help: ArgumentHelp("Only taken on this day or earlier.", valueName: "date"))
        var to: String?

        @Option(help: ArgumentHelp("Only by this camera.", valueName: "name"))
        var camera: String?

        @Option(help: ArgumentHelp("Only with so many stars or more.", valueName: "stars"))
        var rating: Int?

        @Option(help: ArgumentHelp("landscape, portrait or square.", valueName: "shape"))
        var orientation: String?

        @Flag(help: "Only favourites.")
        var favourite = false

        @Flag(help: "Those in the bin.")
        var bin = false

        @Flag(help: "Those that are hidden.")
        var hidden = false

        @Option(help: ArgumentHelp("How many at most; 0 for all.", valueName: "number"))
        var limit: Int = 100

        @Flag(help: "Print their numbers only.")
        var ids = false

        @OptionGroup var options: ServerOptions

        func validate() throws {
            if self.bin, self.hidden { throw ValidationError("--bin and --hidden exclude each other") }
            if self.limit < 0 { throw ValidationError("--limit must not be negative") }
            if self.ids, self.options.json { throw ValidationError("--ids and --json exclude each other") }
        }

        func run(_ api: APIClient) async throws -> Report? {
            var album: Album?
            if let name = self.album { album = try await api.album(name) }
            let found = try await api.photos(
                [
                    "text": self.words.isEmpty ? nil : self.words.joined(separator: " "),
                    "album": album.map { "\($0.id)" }, "keyword": self.keyword, "from": self.from, "to": self.to,
                    "camera": self.camera, "rating": self.rating.map { "\($0)" }, "orientation": self.orientation,
                    "favourite": self.favourite ? "yes" : nil,
                    "shelf": self.bin ? "bin" : self.hidden ? "hidden" : nil,
                ], limit: self.limit == 0 ? .max : self.limit)
            if self.ids { return Report(found.json, lines: found.photos.map { "\($0.id)" }) }
            let footer =
                found.photos.count < found.total ? "\(found.photos.count) of \(found.total); --limit 0 for all" : nil
            return Report(
                found.json, PhotoTable.columns, rows: found.photos.map(PhotoTable.row), empty: "No photo is found.",
                footer: footer)
        }
    }

    struct Info: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "All about one photo.")

        @Argument(help: "Its number or name.")
        var photo: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let number = try await api.photoNumber(self.photo)
            let answer = try await api.get(["photos", "\(number)"], as: PhotoDetail.self)
            let photo = answer.value.photo
            let place = answer.value.placeKnown ? (answer.value.placeShown ? "shown" : "known, not shown") : "not known"
            let shelf = photo.binned ? "in the bin" : photo.hidden ? "hidden" : nil
            return Report(
                answer.json,
                members: [
                    ("id", "\(photo.id)"), ("name", photo.name), ("title", photo.title), ("caption", photo.caption),
                    ("keywords", answer.value.keywords.isEmpty ? nil : answer.value.keywords.joined(separator: ", ")),
                    ("taken", photo.taken?.replacing("T", with: " ")), ("place", place), ("camera", photo.camera),
                    ("lens", photo.lens), ("stars", photo.rating == 0 ? nil : "\(photo.rating)"),
                    ("favourite", photo.favourite ? "yes" : nil), ("shelf", shelf),
                    ("file", "\(photo.format), \(photo.width) × \(photo.height), \(photo.bytes.of("byte"))"),
                ])
        }
    }

    struct Tag: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add keywords to photos, or take some away.")
        @OptionGroup var arguments: PhotoArguments

        @Option(help: ArgumentHelp("Keywords to add.", valueName: "word,…"))
        var add: String?

        @Option(help: ArgumentHelp("Keywords to take away.", valueName: "word,…"))
        var remove: String?

        @OptionGroup var options: ServerOptions

        func validate() throws {
            if self.add == nil, self.remove == nil { throw ValidationError("give --add or --remove") }
        }

        func run(_ api: APIClient) async throws -> Report? {
            func words(_ text: String?) -> JSON? { text.map { .array(Comma.list($0).map { .string($0) }) } }
            return try await api.change(
                self.arguments.photos,
                .members(["addKeywords": words(self.add), "removeKeywords": words(self.remove)]))
        }
    }

    struct Edit: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what is known of photos.",
            discussion: "An empty text removes title, caption or date. Originals are never changed.")
        @OptionGroup var arguments: PhotoArguments

        @Option(help: ArgumentHelp("A new name, for one photo.", valueName: "name"))
        var name: String?

        @Option(help: ArgumentHelp("", valueName: "text"))
        var title: String?

        @Option(help: ArgumentHelp("", valueName: "text"))
        var caption: String?

        @Option(help: ArgumentHelp("All keywords anew.", valueName: "word,…"))
        var keywords: String?

        @Option(help: ArgumentHelp("0 to 5.", valueName: "stars"))
        var rating: Int?

        @Flag(inversion: .prefixedNo, help: "Make it a favourite, or none.")
        var favourite: Bool?

        @Flag(inversion: .prefixedNo, help: "Keep it off all displays, or not any more.")
        var hidden: Bool?

        @Option(help: ArgumentHelp("Clockwise: 90, 180 or 270.", valueName: "degrees"))
        var turn: Int?

        @Option(help: ArgumentHelp("When it was taken: 2024-06-21T19:30:00, or a day.", valueName: "date"))
        var taken: String?

        @Option(
            name: .customLong("shift"), parsing: .unconditional,
            help: ArgumentHelp("By how much the camera's clock was slow; negative if fast.", valueName: "seconds"))
        var shift: Int?

        @Flag(inversion: .prefixedNo, help: "Let it be said where it was taken, or not.")
        var place: Bool?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let change: [String: JSON?] = [
                "name": self.name.map { .string($0) }, "title": self.title.map { .string($0) },
                "caption": self.caption.map { .string($0) },
                "keywords": self.keywords.map { .array(Comma.list($0).map { .string($0) }) },
                "rating": self.rating.map { .integer(Int64($0)) }, "favourite": self.favourite.map { .bool($0) },
                "hidden": self.hidden.map { .bool($0) }, "turn": self.turn.map { .integer(Int64($0)) },
                "taken": self.taken.map { .string($0) }, "shiftSeconds": self.shift.map { .integer(Int64($0)) },
                "placeShown": self.place.map { .bool($0) },
            ]
            guard change.values.contains(where: { $0 != nil }) else {
                throw CommandFailure(
                    .usage, "nothing is to be changed", remedy: "See photoctl photos edit --help for what can be.")
            }
            return try await api.change(self.arguments.photos, .members(change))
        }
    }

    struct Delete: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put photos into the bin, and off all displays.",
            discussion: "`photoctl photos restore` takes them out again; `empty-bin` deletes them for good.")
        @OptionGroup var arguments: PhotoArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.change(self.arguments.photos, ["bin": true])
        }
    }

    struct Restore: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Take photos out of the bin.")
        @OptionGroup var arguments: PhotoArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.change(self.arguments.photos, ["bin": false])
        }
    }

    struct EmptyBin: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete what is in the bin, originals too. This cannot be undone.")

        @Argument(help: ArgumentHelp("Only these, by number or name. Default: all, with --all.", valueName: "photo"))
        var photos: [String] = []

        @Flag(help: "Everything that is in the bin.")
        var all = false

        @OptionGroup var options: ServerOptions

        func validate() throws {
            if self.photos.isEmpty != self.all { throw ValidationError("name photos, or give --all") }
        }

        private struct Emptied: Decodable, Sendable { let deleted: Int }

        func run(_ api: APIClient) async throws -> Report? {
            var body: JSON = [:]
            if !self.photos.isEmpty {
                body = ["photos": .array(try await api.photoNumbers(self.photos).map { .integer($0) })]
            }
            let answer = try await api.send(.post, ["bin", "empty"], body, as: Emptied.self)
            return Report(answer.json, "\(answer.value.deleted.of("photo")) deleted for good.")
        }
    }

    struct Preview: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Save a photo as a JPEG for a screen.")

        @Argument(help: "Its number or name.")
        var photo: String

        @Argument(help: "The file to write; there must be none of that name yet. - is stdout.")
        var file: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try NewFile.check(self.file)
            let number = try await api.photoNumber(self.photo)
            return try NewFile.write(try await api.bytes(["photos", "\(number)", "preview"]), to: self.file)
        }
    }

    struct Edits: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "The latest changes, for undoing them.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["edits"], as: Listing<PhotoAPI.Edit>.self)
            return Report(
                answer.json, [.number("EDIT"), "AT", .text("WHAT")],
                rows: answer.value.elements.map { edit in
                    ["\(edit.id)", ISODate.minute(edit.at), edit.summary + (edit.undone ? " (undone)" : "")]
                }, empty: "Nothing was changed yet.")
        }
    }

    struct Undo: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Undo one change.")

        @Argument(help: "Its number in `photoctl photos edits`. Default: the latest that is not undone.")
        var edit: Int64?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            var number = self.edit
            if number == nil {
                let edits = try await api.get(["edits"], as: Listing<PhotoAPI.Edit>.self).value.elements
                number = edits.filter { !$0.undone }.map(\.id).max()
            }
            guard let number else {
                throw CommandFailure(.noInput, "there is nothing to undo", remedy: "See photoctl photos edits.")
            }
            let answer = try await api.send(.post, ["edits", "\(number)", "undo"], as: EditAnswer.self)
            return Report(answer.json, "Edit \(number) is undone.")
        }
    }

    struct Refused: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Files in the server's watched folder that it could not take in.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let json = try await api.get(["watched"], as: JSON.self).json
            let refused = json["refused"]?.elements ?? []
            return Report(
                json, [.text("FILE"), .text("WHY")],
                rows: refused.map { [$0["path"]?.text ?? "", $0["failure"]?.text ?? ""] },
                empty: "None was refused.")
        }
    }
}

extension APIClient {
    /// Changes photos, and says how that can be undone.
    func change(_ photos: [String], _ change: JSON) async throws -> Report {
        let numbers = try await self.photoNumbers(photos)
        let answer = try await self.send(
            .post, ["photos", "changes"],
            ["photos": .array(numbers.map { .integer($0) }), "change": change], as: EditAnswer.self)
        return Report(answer.json, EditSentence.text(answer.value.edit))
    }
}

/// What a change did, and how to undo it.
enum EditSentence {
    static func text(_ edit: Edit?) -> String {
        guard let edit else { return "Nothing differed." }
        return "\(edit.summary). Undo it with photoctl photos undo \(edit.id)."
    }
}
