import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl groups …`
struct GroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "Displays that hang together.",
        subcommands: [
            List.self, Info.self, Create.self, Set.self, Add.self, Remove.self, History.self, Revert.self, Delete.self,
        ])
}

/// The group that a command is about.
struct GroupArgument: ParsableArguments {
    @Argument(help: "Its number or name.")
    var group: String
}

/// Displays that are put into a group or taken out.
struct DisplayArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("Their ids or names.", valueName: "display"))
    var displays: [String]
}

extension GroupsCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "List them.")
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let answer = try await api.get(["groups"], as: Listing<DisplayGroup>.self)
            return Report(
                answer.json, [.number("ID"), .text("NAME"), .number("DISPLAYS"), .text("WHAT")],
                rows: answer.value.elements.map { ["\($0.id)", $0.name, "\($0.displays.count)", $0.text] },
                empty: "There is no group yet. Make one: photoctl groups create NAME")
        }
    }

    struct Info: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "One group with its displays.")
        @OptionGroup var argument: GroupArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.group(self.argument.group).id
            let answer = try await api.get(["groups", "\(id)"], as: DisplayGroup.self)
            let group = answer.value
            let displays = group.displays.map { display in
                ("  \(display.name)", Optional(display.photos.map { $0.of("photo") } ?? display.id))
            }
            let settings = group.settings.sorted { $0.key < $1.key }.map { name, value in
                ("  \(name)", Optional(SettingValue.text(value)))
            }
            let members: [(String, String?)] = [
                ("id", "\(group.id)"), ("name", group.name), ("album", group.albumName ?? "none"),
                ("mode", group.mode), ("in step", group.inStep ? "yes" : "no"),
                ("schedule", group.ruleCount.of("line")), ("displays", ""),
            ]
            return Report(answer.json, members: members + displays + [("settings in step", "")] + settings)
        }
    }

    struct Create: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Make one.")

        @Argument(help: "Its name.")
        var name: String

        @Option(
            parsing: .upToNextOption, help: ArgumentHelp("Displays to put into it.", valueName: "display"))
        var displays: [String] = []

        @Option(help: ArgumentHelp("What they show.", valueName: "album"))
        var album: String?

        @Option(help: ArgumentHelp("split: each photo on one of them; same: on all.", valueName: "mode"))
        var mode: String?

        @Flag(help: "Let them change their photos at the same instant.")
        var inStep = false

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            var album: Album?
            if let text = self.album { album = try await api.album(text) }
            let displays = self.displays.isEmpty ? [] : try await api.displays(self.displays).map(\.id)
            let answer = try await api.send(
                .post, ["groups"],
                .members([
                    "name": .string(self.name), "displays": .array(displays.map { .string($0) }),
                    "album": album.map { .integer($0.id) }, "mode": self.mode.map { .string($0) },
                    "inStep": self.inStep ? true : nil,
                ]), as: DisplayGroup.self)
            return Report(answer.json, "Group \(answer.value.id), “\(answer.value.name)”: \(answer.value.text).")
        }
    }

    struct Set: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change settings of a group.",
            discussion: """
                `name=TEXT`, `album=NAME` (or `album=none`), `mode=split` or `mode=same`, `inStep=on` or `inStep=off`, \
                and the settings that `photoctl groups info` lists. All are changed, or none.
                """)
        @OptionGroup var argument: GroupArgument

        @Argument(help: ArgumentHelp("What to set.", valueName: "name=value"))
        var settings: [String]

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let present = try await api.group(self.argument.group)
            var members: [String: JSON] = [:]
            var settings: [String: JSON] = [:]
            for text in self.settings {
                let (name, value) = try SettingValue.parts(text)
                switch name {
                case "album": members["album"] = try await api.albumOrNone(value).map { .integer($0.id) } ?? .null
                case "name", "mode": members[name] = .string(value)
                case "inStep": members[name] = SettingValue.json(value, like: .bool(false))
                default: settings[name] = SettingValue.json(value, like: present.settings[name])
                }
            }
            if !settings.isEmpty { members["settings"] = .object(settings) }
            return try await api.changeGroup(present.id, .object(members))
        }
    }

    struct Add: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put displays into a group, behind those that are in it.")
        @OptionGroup var argument: GroupArgument
        @OptionGroup var arguments: DisplayArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let wanted = try await api.displays(self.arguments.displays).map(\.id)
            return try await api.changeMembers(of: self.argument.group) { group in
                let present = group.displays.map(\.id)
                return present + wanted.filter { !present.contains($0) }
            }
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Take displays out of a group.")
        @OptionGroup var argument: GroupArgument
        @OptionGroup var arguments: DisplayArguments
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.changeMembers(of: self.argument.group) { group in
                let gone = try self.arguments.displays.map {
                    try Lookup.find($0, among: group.displays, what: "display", id: \.id, name: \.name).id
                }
                return group.displays.map(\.id).filter { !gone.contains($0) }
            }
        }
    }

    struct History: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Who set what on a group, and when.")
        @OptionGroup var argument: GroupArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            try await api.settingHistory(["groups", "\(try await api.group(self.argument.group).id)"])
        }
    }

    struct Revert: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set back what one line of a group's history changed.")
        @OptionGroup var argument: GroupArgument

        @Argument(help: "The line's number.")
        var edit: Int64

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.group(self.argument.group).id
            let answer = try await api.send(
                .post, ["groups", "\(id)", "history", "\(self.edit)", "revert"], as: Listing<SettingEdit>.self)
            return Report(answer.json, "What edit \(self.edit) changed is as it was before.")
        }
    }

    struct Delete: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a group. Its displays go on, each with its own album.")
        @OptionGroup var argument: GroupArgument
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let group = try await api.group(self.argument.group)
            try await api.call(.delete, ["groups", "\(group.id)"])
            return Report(["id": .integer(group.id)], "Group \(group.id), “\(group.name)”, is deleted.")
        }
    }
}

extension APIClient {
    /// Sets a group's displays to what `change` makes of those that it has, unless they are others by then.
    fileprivate func changeMembers(
        of group: String, _ change: (DisplayGroup) throws -> [String]
    ) async throws -> Report {
        let id = try await self.group(group).id
        let present = try await self.get(["groups", "\(id)"], as: DisplayGroup.self)
        let displays = try change(present.value)
        return try await self.changeGroup(
            id, ["displays": .array(displays.map { .string($0) })], onlyIf: present.tag)
    }

    fileprivate func changeGroup(_ id: Int64, _ members: JSON, onlyIf tag: String? = nil) async throws -> Report {
        let answer = try await self.send(
            .patch, ["groups", "\(id)"], members, onlyIf: tag, as: DisplayGroup.self)
        return Report(answer.json, "“\(answer.value.name)”: \(answer.value.text).")
    }
}
