import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl upload-links …`
struct UploadLinksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload-links", abstract: "Links by which people without an account add photos to one album.",
        subcommands: [List.self, Create.self, End.self])

    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them. The links themselves are not among it.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["upload-links"], as: Listing<UploadLink>.self)
            return Report(
                answer.json, [.number("ID"), .text("FOR"), .text("ALBUM"), .number("FILES LEFT"), "UNTIL", "BY"],
                rows: answer.value.elements.map {
                    [
                        "\($0.id)", $0.label, $0.albumName, "\($0.filesLeft)", ISODate.day($0.expiresAt), $0.madeBy,
                    ]
                }, empty: "There is no link.")
        }
    }

    struct Create: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Make one.", discussion: "The link is shown once.")

        @Argument(help: "Whom or what it is for.")
        var label: String

        @Option(help: ArgumentHelp("Where the photos go.", valueName: "album"))
        var album: String

        @Option(help: ArgumentHelp("How long it lasts.", valueName: "days"))
        var days: Int = 14

        @Option(help: ArgumentHelp("How many files it lets in.", valueName: "number"))
        var files: Int = 200

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let album = try await api.album(self.album)
            let answer = try await api.send(
                .post, ["upload-links"],
                [
                    "label": .string(self.label), "album": .integer(album.id), "days": .integer(Int64(self.days)),
                    "files": .integer(Int64(self.files)),
                ], as: UploadLink.self)
            let link = answer.value
            return Report(
                answer.json, link.url ?? "",
                "Adds \(link.filesLeft.of("photo")) at most to “\(link.albumName)”, until \(ISODate.day(link.expiresAt))."
            )
        }
    }

    struct End: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "End one. What was added stays.")

        @Argument(help: "Its number.")
        var id: Int64

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.call(.delete, ["upload-links", "\(self.id)"])
            return Report(["id": .integer(self.id)], "Link \(self.id) has ended.")
        }
    }
}

/// `photoctl audit`
struct AuditCommand: ServerCommand {
    static let configuration = CommandConfiguration(commandName: "audit", abstract: "Who did what.")

    @Option(help: ArgumentHelp("Only what this user did.", valueName: "name"))
    var who: String?

    @Option(help: ArgumentHelp("How many entries at most, 1 to 500.", valueName: "number"))
    var limit: Int = 50

    @Option(help: ArgumentHelp("Only entries before this one, for going back further.", valueName: "number"))
    var before: Int64?

    @OptionGroup var options: ServerOptions

    private struct Page: Decodable, Sendable { let entries: [AuditEntry] }

    func run(_ api: APIClient) async throws -> Report? {
        let answer = try await api.get(
            ["audit"], query: ["who": self.who, "limit": "\(self.limit)", "before": self.before.map { "\($0)" }],
            as: Page.self)
        return Report(
            answer.json, [.number("ENTRY"), "AT", "WHO", .text("THROUGH"), "ADDRESS", .text("WHAT")],
            rows: answer.value.entries.map { entry in
                [
                    "\(entry.id)", ISODate.minute(entry.at), entry.who, entry.through, entry.address,
                    entry.text + (entry.times > 1 ? " (\(entry.times) times)" : ""),
                ]
            }, empty: "Nothing yet.")
    }
}
