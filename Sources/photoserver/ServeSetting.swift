import ArgumentParser
import CommandLineSupport
import Foundation

/// A setting of `serve`, as its own flags describe it.
struct ServeSetting {
    let name: String
    /// What it does.
    let help: String
    /// What stands in the example: the default, or the kind of value.
    let value: String

    /// The lines of the example.
    var example: String { "# \(self.help)\n# \(self.name): \(self.value)" }

    /// Every setting, in the order of `serve --help`.
    static let all: [ServeSetting] = {
        do {
            let help = try JSONDecoder().decode(Help.self, from: Data(ServeCommand._dumpHelp().utf8))
            return help.command.arguments.compactMap(ServeSetting.init)
        } catch {
            preconditionFailure("the help of serve is not of the form that this version of the parser writes: \(error)")
        }
    }()

    /// What the argument parser tells of a command, as far as it is needed here.
    private struct Help: Decodable {
        struct Command: Decodable { var arguments: [Argument] }
        struct Argument: Decodable {
            struct Name: Decodable { var name: String }
            var kind: String
            var preferredName: Name?
            var valueName: String?
            var abstract: String?
        }
        var command: Command
    }

    private init?(_ argument: Help.Argument) {
        guard let name = argument.preferredName?.name, !["config", "help", "version"].contains(name) else { return nil }
        self.name = name
        self.help = (argument.abstract ?? "").split(separator: "\n").joined(separator: " ")
        if argument.kind == "flag" {
            self.value = "false"
        } else if let text = self.help.firstMatch(of: /Default: (\S+)\.$/)?.1 {
            self.value = String(text)
        } else {
            self.value = "<\(argument.valueName ?? "value")>"
        }
    }

    /// - Throws: ``CommandFailure`` that names the line of the first mistake.
    static func check(file path: String) async throws {
        let file = try ConfigurationFile(path: path)
        try file.check(against: Self.all.map(\.name))
        // The folder is often given as a flag.
        let flags = file.entries.contains { $0.name == "data" } ? [:] : ["data": "."]
        let settings = try await LayeredSettings(
            program: PhotoserverCommand.name, flags: flags, file: path, environment: [:])
        do {
            try ServeCommand.check(settings)
        } catch let failure as CommandFailure {
            throw file.locate(failure)
        }
    }
}
