import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoAPI

extension DisplaysCommand {
    struct Watch: ServerCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell what happens on displays, as it happens.",
            discussion: """
                One line for each change, until it is interrupted or --seconds are over. With --json, one object a \
                line: {"event": "display", "display": {…}}, and "display-removed" with "id". A line to the server that \
                breaks is made anew.
                """)

        @Argument(help: "The id or name of one display. Default: all.")
        var display: String?

        @Option(help: ArgumentHelp("End after so long.", valueName: "seconds"))
        var seconds: Int?

        @OptionGroup var options: ServerOptions

        func validate() throws {
            if let seconds, seconds < 1 { throw ValidationError("--seconds must be 1 or more") }
        }

        func run(_ api: APIClient) async throws -> Report? {
            var id: String?
            if let display { id = try await api.display(display).value.id }
            let only = id
            guard let seconds else {
                try await self.hear(only, api)
                return nil
            }
            _ = try await Deadline.run(.seconds(seconds)) { () -> Bool? in
                try await self.hear(only, api)
                return nil
            }
            return nil
        }

        private func hear(_ id: String?, _ api: APIClient) async throws {
            var log = DisplayLog()
            try await api.hear(display: id) { hearing in
                switch hearing {
                case .away(let error, let pause):
                    StatusLine.note(
                        "\(TerminalText.escaped(error.message)) The next try is in \(pause.components.seconds) s.")
                case .event(let event):
                    let json = try JSON(data: Data(event.data.utf8))
                    let lines =
                        try self.options.json ? DisplayLog.json(event.name, json) : log.lines(event.name, json)
                    for line in lines {
                        guard try Announcement.output(line) else { return false }
                    }
                }
                return true
            }
        }
    }
}

/// Turns events into lines: what changed about a display, and nothing that did not. Pure but for the clock.
struct DisplayLog {
    private struct Snapshot: Decodable { let displays: [Display] }
    private struct Removed: Decodable { let id: String }

    private var told: [String: String] = [:]
    private var names: [String: String] = [:]

    mutating func lines(_ event: String, _ json: JSON) throws -> [String] {
        switch event {
        case "snapshot": return try json.decoded(as: Snapshot.self).displays.compactMap { self.line($0) }
        case "display": return [self.line(try json.decoded())].compactMap { $0 }
        case "display-removed":
            let id = try json.decoded(as: Removed.self).id
            self.told[id] = nil
            return [self.stamped(self.names[id] ?? id, "removed")]
        default: return []
        }
    }

    private mutating func line(_ display: Display) -> String? {
        var parts = [display.liveness]
        if display.paused { parts.append("paused") }
        if let showing = display.showingName { parts.append("shows \(showing)") }
        if !display.deliveryText.isEmpty { parts.append(display.deliveryText) }
        if let command = display.lastCommand { parts.append(command) }
        let text = parts.joined(separator: " · ")
        guard self.told[display.id] != text else { return nil }
        self.told[display.id] = text
        self.names[display.id] = display.name
        return self.stamped(display.name, text)
    }

    private func stamped(_ name: String, _ text: String) -> String {
        let line = TerminalText.escaped("\(ISODate.second(Date()))  \(name)  \(text)")
        return Terminal.width.map { TerminalText.shortened(line, to: $0) } ?? line
    }

    /// One object for each display.
    static func json(_ event: String, _ json: JSON) throws -> [String] {
        let objects: [JSON] =
            switch event {
            case "snapshot": (json["displays"]?.elements ?? []).map { ["event": "display", "display": $0] }
            case "display": [["event": "display", "display": json]]
            case "display-removed": [["event": "display-removed", "id": json["id"] ?? .null]]
            default: []
            }
        return try objects.map { try $0.text(inLines: false) }
    }
}
