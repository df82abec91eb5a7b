import ArgumentParser
import CommandLineSupport
import PhotoAPI

/// A command that talks to a photo server.
protocol ServerCommand: AsyncParsableCommand {
    var options: ServerOptions { get }

    /// Does the work.
    ///
    /// - Returns: What there is to say at the end; nil where everything was said meanwhile.
    func run(_ api: APIClient) async throws -> Report?
}

extension ServerCommand {
    func run() async throws {
        let target = try self.options.target()
        do {
            let report = try await APIClient.withClient(target.configuration) { try await self.run($0) }
            try report?.print(asJSON: self.options.json)
        } catch {
            throw target.explained(error)
        }
    }
}

/// What a command has to say, for people and for programs.
struct Report: Sendable {
    let json: JSON
    private let table: TextTable?
    private let lines: [String]

    /// - Parameter lines: Escaped when they are printed.
    init(_ json: JSON, _ lines: String...) {
        self.init(json, lines: lines)
    }

    init(_ json: JSON, lines: [String]) {
        self.json = json
        self.table = nil
        self.lines = lines
    }

    /// - Parameters:
    ///   - empty: Stands for a table without rows.
    ///   - footer: Stands below the table.
    init(_ json: JSON, _ columns: [TextTable.Column], rows: [[String]], empty: String, footer: String? = nil) {
        self.json = json
        self.table = rows.isEmpty ? nil : TextTable(columns, rows: rows)
        self.lines = rows.isEmpty ? [empty] : footer.map { [$0] } ?? []
    }

    /// Members and values, one a line.
    init(_ json: JSON, members: [(String, String?)], lines: [String] = []) {
        let width = members.map { $0.0.count }.max() ?? 0
        let texts = members.compactMap { name, value in
            value.map { $0.isEmpty ? name : name + String(repeating: " ", count: width - name.count + 2) + $0 }
        }
        self.init(json, lines: texts + lines)
    }

    func print(asJSON: Bool) throws {
        guard !asJSON else {
            _ = try Announcement.output(try self.json.text())
            return
        }
        let rows = self.table?.lines(width: Terminal.width) ?? []
        let text = (rows + self.lines.map { TerminalText.escaped($0) }).joined(separator: "\n")
        if !text.isEmpty { _ = try Announcement.output(text) }
    }
}

extension TextTable.Column: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension TextTable.Column {
    static func number(_ heading: String) -> Self { Self(heading, .right) }
    static func text(_ heading: String) -> Self { Self(heading, isShortened: true) }
}

extension Int {
    /// `1 photo`, `3 photos`.
    func of(_ one: String, _ many: String? = nil) -> String { self == 1 ? "1 \(one)" : "\(self) \(many ?? one + "s")" }
}
