import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

extension DisplaysCommand {
    struct Set: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change settings of a display.",
            discussion: """
                `album=NAME` (or `album=none`), `power=on` or `power=off`, and every setting that `photoctl displays \
                info` lists. All are changed, or none.
                """)
        @OptionGroup var argument: DisplayArgument

        @Argument(help: ArgumentHelp("What to set.", valueName: "name=value"))
        var settings: [String]

        @Flag(help: "Wait until the change is in effect on the screen.")
        var wait = false

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let present = try await api.display(self.argument.display).value
            var members: [String: JSON] = [:]
            var settings: [String: JSON] = [:]
            for text in self.settings {
                let (name, value) = try SettingValue.parts(text)
                switch name {
                case "album": members["album"] = try await api.albumOrNone(value).map { .integer($0.id) } ?? .null
                case "name": members["name"] = .string(value)
                case "power": members["power"] = .string(value)
                default: settings[name] = SettingValue.json(value, like: present.settings[name])
                }
            }
            if !settings.isEmpty { members["settings"] = .object(settings) }
            let answer = try await api.send(.patch, ["displays", present.id], .object(members), as: Display.self)
            return try await DisplayWait.report(answer, waits: self.wait, api)
        }
    }

    struct Rename: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Call a display something else.")
        @OptionGroup var argument: DisplayArgument

        @Argument(help: "Its new name.")
        var name: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.argument.display).value.id
            let answer = try await api.send(
                .patch, ["displays", id], ["name": .string(self.name)], as: Display.self)
            return Report(answer.json, "\(id) is called \(answer.value.name).")
        }
    }

    struct History: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Who set what on a display, and when.")
        @OptionGroup var argument: DisplayArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.argument.display).value.id
            return try await api.settingHistory(["displays", id])
        }
    }

    struct Revert: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set back what one line of a display's history changed.")
        @OptionGroup var argument: DisplayArgument

        @Argument(help: "The line's number.")
        var edit: Int64

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.argument.display).value.id
            let answer = try await api.send(
                .post, ["displays", id, "history", "\(self.edit)", "revert"], as: Listing<SettingEdit>.self)
            return Report(answer.json, "What edit \(self.edit) changed is as it was before.")
        }
    }
}

extension APIClient {
    /// The history of a display or a group.
    func settingHistory(_ owner: [String]) async throws -> Report {
        let answer = try await self.get(owner + ["history"], as: Listing<SettingEdit>.self)
        return Report(
            answer.json, [.number("EDIT"), "AT", "WHO", .text("WHAT")],
            rows: answer.value.elements.map { edit in
                let changes = edit.changes.map { "\($0.field): \($0.beforeText) → \($0.afterText)" }
                return ["\(edit.id)", ISODate.minute(edit.at), edit.who, changes.joined(separator: "; ")]
            }, empty: "Nothing was set yet.")
    }
}

/// Waits until a change is in effect.
enum DisplayWait {
    /// How long a display may take, photos included.
    private static let patience: Duration = .seconds(120)

    static func report(
        _ answer: APIClient.Answer<Display>, waits: Bool, _ api: APIClient
    ) async throws -> Report {
        let display = answer.value
        guard waits else { return Report(answer.json, "\(display.name) is told.") }
        let isApplied: @Sendable (Display) -> Bool = { $0.deliveryState == "applied" }
        guard
            let after = try await Deadline.run(Self.patience, { try await api.wait(for: display.id, until: isApplied) })
        else {
            throw CommandFailure(
                .unavailable,
                "\(TerminalText.escaped(display.name)) did not follow within \(Self.patience.components.seconds) s",
                remedy: "The change waits for it. See photoctl displays info \(display.id).")
        }
        let json = try await api.get(["displays", display.id], as: Display.self).json
        return Report(json, "\(after.name): \(after.deliveryText).")
    }
}

/// Ends what takes too long.
enum Deadline {
    /// - Returns: What `body` returns, or nil after `limit`.
    static func run<Value: Sendable>(
        _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value?
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
