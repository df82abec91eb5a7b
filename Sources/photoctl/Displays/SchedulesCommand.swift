import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

/// `photoctl schedules …`
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "Which album a display or a group shows when.",
        discussion: """
            A schedule is a list of lines: an album, days of the week, hours, dates and a priority. Of the lines that \
            hold at a moment the one with the highest priority decides, among equals the later one. Times are those of \
            the place where the display hangs.
            """,
        subcommands: [List.self, Add.self, Remove.self, Set.self, Clear.self, Week.self, Plan.self])
}

/// Whose schedule it is.
struct ScheduleOwner: ParsableArguments {
    @Option(help: ArgumentHelp("The display, by id or name.", valueName: "display"))
    var display: String?

    @Option(help: ArgumentHelp("The group, by number or name.", valueName: "group"))
    var group: String?

    func validate() throws {
        if (self.display == nil) == (self.group == nil) { throw ValidationError("give --display or --group") }
    }

    /// Its path, and what it is called.
    func find(_ api: APIClient) async throws -> (path: [String], name: String) {
        if let display {
            let found = try await api.display(display).value
            return (["displays", found.id], found.name)
        }
        let found = try await api.group(self.group ?? "")
        return (["groups", "\(found.id)"], found.name)
    }
}

/// Reads and writes schedules, a line at a time.
private struct ScheduleFile: Codable, Sendable { var rules: [ScheduleRule] }

extension APIClient {
    fileprivate func schedule(_ owner: [String]) async throws -> Answer<ScheduleFile> {
        try await self.get(owner + ["schedule"])
    }

    fileprivate func scheduleReport(_ answer: Answer<ScheduleFile>, of name: String) async throws -> Report {
        let albums = try await self.albumNames()
        let rows = answer.value.rules.enumerated().map { number, rule in
            let dates: String =
                switch (rule.firstDay, rule.lastDay) {
                case (nil, nil): "always"
                case (let first?, nil): "from \(first)"
                case (nil, let last?): "until \(last)"
                case (let first?, let last?): (rule.everyYear == true ? "every year " : "") + "\(first) to \(last)"
                }
            let days = rule.days ?? []
            return [
                "\(number + 1)", albums[rule.album] ?? "\(rule.album)",
                days.count == 7 || days.isEmpty ? "every day" : days.joined(separator: ","),
                "\(rule.from ?? "00:00")-\(rule.to ?? "24:00")", dates, "\(rule.priority ?? 0)",
            ]
        }
        return Report(
            answer.json, [.number("LINE"), .text("ALBUM"), "DAYS", "HOURS", "DATES", .number("PRIORITY")], rows: rows,
            empty: "\(name) has no schedule: it shows its own album.")
    }

    fileprivate func setSchedule(
        _ owner: [String], _ body: JSON, onlyIf tag: String? = nil
    ) async throws -> Answer<ScheduleFile> {
        try await self.send(.put, owner + ["schedule"], body, onlyIf: tag)
    }
}

extension SchedulesCommand {
    struct List: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "The lines of a schedule.")
        @OptionGroup var owner: ScheduleOwner
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let (path, name) = try await self.owner.find(api)
            return try await api.scheduleReport(try await api.schedule(path), of: name)
        }
    }

    struct Add: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Add a line at the end.")
        @OptionGroup var owner: ScheduleOwner

        @Option(help: ArgumentHelp("What is shown.", valueName: "album"))
        var album: String

        @Option(help: ArgumentHelp("Of mon, tue, wed, thu, fri, sat, sun. Default: all.", valueName: "day,…"))
        var days: String?

        @Option(help: ArgumentHelp("When it begins on those days. Default: 00:00.", valueName: "hh:mm"))
        var from: String?

        @Option(
            help: ArgumentHelp(
                "When it ends; on the next day where it is not after --from. Default: 24:00.", valueName: "hh:mm"))
        var to: String?

        @Option(help: ArgumentHelp("The first day, 2026-12-24; with --every-year 12-24.", valueName: "date"))
        var firstDay: String?

        @Option(help: ArgumentHelp("The last day.", valueName: "date"))
        var lastDay: String?

        @Flag(help: "First and last day are those of every year.")
        var everyYear = false

        @Option(parsing: .unconditional, help: ArgumentHelp("-100 to 100; the highest decides.", valueName: "number"))
        var priority: Int = 0

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let (path, name) = try await self.owner.find(api)
            let rule = ScheduleRule(
                album: try await api.album(self.album).id, days: self.days.map(Comma.list), from: self.from,
                to: self.to, firstDay: self.firstDay, lastDay: self.lastDay, everyYear: self.everyYear ? true : nil,
                priority: self.priority)
            let new = try JSON(data: try JSONEncoder().encode(rule))
            // Lines that somebody else adds meanwhile must not be lost.
            let present = try await api.schedule(path)
            let rules = (present.json["rules"]?.elements ?? []) + [new]
            let answer = try await api.setSchedule(path, ["rules": .array(rules)], onlyIf: present.tag)
            return try await api.scheduleReport(answer, of: name)
        }
    }

    struct Remove: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Remove one line.")
        @OptionGroup var owner: ScheduleOwner

        @Argument(help: "Its number in `photoctl schedules list`.")
        var line: Int

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let (path, name) = try await self.owner.find(api)
            let present = try await api.schedule(path)
            var rules = present.json["rules"]?.elements ?? []
            guard rules.indices.contains(self.line - 1) else {
                throw CommandFailure(
                    .noInput, "there is no line \(self.line)", remedy: "There are \(rules.count).")
            }
            rules.remove(at: self.line - 1)
            let answer = try await api.setSchedule(path, ["rules": .array(rules)], onlyIf: present.tag)
            return try await api.scheduleReport(answer, of: name)
        }
    }

    struct Set: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a schedule by what is in a file.",
            discussion: "The file is what `photoctl schedules list --json` prints; - is stdin.")
        @OptionGroup var owner: ScheduleOwner

        @Argument(help: "The file.", completion: .file())
        var file: String

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let (path, name) = try await self.owner.find(api)
            guard let body = try? JSON(data: try InputFile.read(self.file)) else {
                throw CommandFailure(
                    .badInput, "\(TerminalText.escaped(self.file)) is no JSON",
                    remedy: "Begin with what photoctl schedules list --json prints.")
            }
            return try await api.scheduleReport(try await api.setSchedule(path, body), of: name)
        }
    }

    struct Clear: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "Remove all lines.")
        @OptionGroup var owner: ScheduleOwner
        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let (path, name) = try await self.owner.find(api)
            return try await api.scheduleReport(try await api.setSchedule(path, ["rules": []]), of: name)
        }
    }

    struct Week: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "What is shown in a week.")
        @OptionGroup var owner: ScheduleOwner

        @Option(help: ArgumentHelp("A day of that week. Default: today.", valueName: "date"))
        var from: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let path = try await self.owner.find(api).path
            let answer = try await api.get(path + ["week"], query: ["from": self.from], as: PlannedWeek.self)
            return Report(
                answer.json, ["DAY", "DATE", "HOURS", .text("ALBUM"), .text("WHY")],
                rows: answer.value.days.flatMap { day in
                    day.stretches.enumerated().map { index, stretch in
                        [
                            index == 0 ? day.weekday : "", index == 0 ? day.date : "", "\(stretch.from)-\(stretch.to)",
                            stretch.name ?? "-", stretch.text,
                        ]
                    }
                }, empty: "Nothing is shown.", footer: "Times of \(answer.value.timeZone).")
        }
    }

    struct Plan: ServerCommand {
        static let configuration = CommandConfiguration(abstract: "What a display shows at a moment, and why.")

        @Argument(help: "The display's id or name.")
        var display: String

        @Option(
            help: ArgumentHelp(
                "2026-11-29T08:00 on the display's clock, or with Z or an offset. Default: now.", valueName: "time"))
        var at: String?

        @OptionGroup var options: ServerOptions

        func run(_ api: APIClient) async throws -> Report? {
            let id = try await api.display(self.display).value.id
            let answer = try await api.get(["displays", id, "plan"], query: ["at": self.at], as: PlannedMoment.self)
            return Report(answer.json, answer.value.text)
        }
    }
}
