import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl keywords …`
struct KeywordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keywords", abstract: "The keywords that photos have.",
        subcommands: [List.self, Rename.self, Remove.self, Cameras.self], defaultSubcommand: List.self)

    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them with how many photos have each.")

        @Argument(help: "Only those that begin with this.")
        var prefix: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(
                ["keywords"], query: ["prefix": self.prefix, "limit": "500"], as: Listing<Keyword>.self)
            return Report(
                answer.json, [.text("KEYWORD"), .number("PHOTOS")],
                rows: answer.value.elements.map { [$0.keyword, "\($0.count)"] }, empty: "No photo has a keyword.")
        }
    }

    struct Rename: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a keyword differently on all photos. One that exists takes them over.")

        @Argument(help: "As it is.")
        var from: String

        @Argument(help: "As it shall be.")
        var to: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.send(
                .post, ["keywords", "rename"], ["from": .string(self.from), "to": .string(self.to)],
                as: EditAnswer.self)
            return Report(answer.json, EditSentence.text(answer.value.edit))
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Take a keyword off all photos.")

        @Argument(help: "Which.")
        var keyword: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.send(
                .post, ["keywords", "rename"], ["from": .string(self.keyword)], as: EditAnswer.self)
            return Report(answer.json, EditSentence.text(answer.value.edit))
        }
    }

    struct Cameras: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "The cameras that took the photos.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["cameras"], as: Listing<String>.self)
            return Report(answer.json, lines: answer.value.elements)
        }
    }
}
