import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// Whether a command waits for what became of it.
struct OrderOptions: ParsableArguments {
    @Flag(help: "Do not wait for the display's answer.")
    var noWait = false
}

/// A command to a display, which runs at most once and expires after a minute.
protocol DisplayOrder: ServerCommand {
    static var order: String { get }
    var argument: DisplayArgument { get }
    var order: OrderOptions { get }

    func body(_ api: APIClient) async throws -> JSON
}

extension DisplayOrder {
    func body(_ api: APIClient) async throws -> JSON { [:] }

    func run(_ api: APIClient) async throws -> Report? {
        let display = try await api.display(self.argument.display).value
        return try await DisplayOrders.send(
            Self.order, try await self.body(api), to: display, waits: !self.order.noWait, api)
    }
}

enum DisplayOrders {
    private struct Sent: Decodable, Sendable { let revision: Int64 }

    /// The server gives a display up after ten seconds.
    private static let patience: Duration = .seconds(15)

    static func send(
        _ order: String, _ body: JSON, to display: Display, waits: Bool, _ api: APIClient
    ) async throws -> Report {
        let sent = try await api.send(.post, ["displays", display.id, order], body, as: Sent.self)
        // Displays of the older system never say what became of a command.
        guard waits, display.kind != "legacy" else { return Report(sent.json, "\(display.name): \(order): sent") }
        let revision = sent.value.revision
        let after = try await Deadline.run(self.patience) {
            try await api.wait(for: display.id) {
                $0.command.map { $0.revision >= revision && $0.state != "sent" } ?? false
            }
        }
        let command = after?.command
        let isOurs = command?.revision == revision
        let state = isOurs ? command?.state ?? "unanswered" : command == nil ? "unanswered" : "overtaken"
        let json: JSON = .members([
            "revision": .integer(revision), "state": .string(state), "ms": command?.ms.map { .integer(Int64($0)) },
            "reason": command?.reason.map { .string($0) },
        ])
        let name = TerminalText.escaped(display.name)
        switch state {
        case "done":
            return Report(json, "\(display.name): \(order): done" + (command?.ms.map { " after \($0) ms" } ?? ""))
        case "overtaken":
            return Report(json, "\(display.name): \(order): sent; another command came after it")
        case "unanswered":
            throw CommandFailure(
                .unavailable, "\(name) does not answer", remedy: "It still obeys if it comes back within a minute.")
        default:
            throw CommandFailure(
                .failure, "\(name) did not do it" + (command?.reason.map { ": \(TerminalText.escaped($0))" } ?? ""),
                remedy: "See photoctl displays info \(display.id).")
        }
    }
}

extension DisplaysCommand {
    struct Next: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Show the next photo.")
        static let order = "next"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }

    struct Previous: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Show the photo before.")
        static let order = "previous"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }

    struct Pause: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Stay with the photo on the screen.")
        static let order = "pause"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }

    struct Resume: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Go on after a pause.")
        static let order = "resume"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }

    struct Show: DisplayOrder {
        static let configuration = CommandConfiguration(
            abstract: "Show one photo now.", discussion: "It has to be among those of `photoctl displays photos`.")
        static let order = "show"
        @OptionGroup var argument: DisplayArgument

        @Argument(help: "Its number or name.")
        var photo: String

        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions

        func body(_ api: APIClient) async throws -> JSON {
            ["photo": .integer(try await api.photoNumber(self.photo))]
        }
    }

    struct Identify: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Show its name on its screen.")
        static let order = "identify"
        @OptionGroup var argument: DisplayArgument

        @Option(help: ArgumentHelp("For how long.", valueName: "seconds"))
        var seconds: Int = 10

        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions

        func body(_ api: APIClient) async throws -> JSON { ["seconds": .integer(Int64(self.seconds))] }
    }

    struct RestartScreen: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Start what draws on its screen anew.")
        static let order = "restart-screen"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }

    struct Reboot: DisplayOrder {
        static let configuration = CommandConfiguration(abstract: "Start its computer anew.")
        static let order = "reboot"
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var order: OrderOptions
        @OptionGroup var options: ServerOptions
    }
}
