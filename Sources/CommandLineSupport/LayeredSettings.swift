import Configuration
import Foundation

/// A program's settings by name, from where they were given: flag, else environment, else file. Defaults belong to
/// the caller.
///
/// One name serves all three: `--etcd-listen`, `PHOTOSERVER_ETCD_LISTEN`, and `etcd-listen:` in the YAML file.
package struct LayeredSettings: Sendable {
    private let program: String
    private let flags: [String: String]
    private let layers: ConfigReader
    /// The YAML file that they are from, if there is one.
    package let file: String?

    /// - Parameters:
    ///   - program: Prefix of the environment variables, in lower case.
    ///   - flags: What stood on the command line, by name without the dashes.
    ///   - file: A YAML file. Without one, `<PROGRAM>_CONFIG` may name it.
    /// - Throws: ``CommandFailure`` when the file cannot be read.
    package init(
        program: String, flags: [String: String?], file: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws {
        self.program = program
        self.flags = flags.compactMapValues { $0 }
        let variables = EnvironmentVariablesProvider(environmentVariables: environment)
        let scoped = variables.prefixKeys(with: ConfigKey([program]))
        let path = file ?? ConfigReader(provider: scoped).string(forKey: "config")
        self.file = path
        guard let path else {
            self.layers = ConfigReader(provider: scoped)
            return
        }
        do {
            let location = InMemoryProvider(values: ["filePath": .init(.string(path), isSecret: false)])
            let yaml = try await FileProvider<YAMLSnapshot>(config: ConfigReader(provider: location))
            self.layers = ConfigReader(providers: [scoped, yaml])
        } catch {
            throw CommandFailure(
                .configuration, "cannot read the configuration file \(path): \(error)",
                remedy: "Give the path of a YAML file of `name: value` lines, with the names of the flags.")
        }
    }

    package func string(_ name: String) -> String? {
        self.flags[name] ?? self.layers.string(forKey: ConfigKey([name]))
    }

    /// A comma-separated list; empty when it is not set.
    package func list(_ name: String) -> [String] {
        (self.string(name) ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    /// - Throws: ``CommandFailure`` when the value is there but neither true nor false.
    package func flag(_ name: String) throws -> Bool {
        guard let text = self.string(name) else { return false }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw self.bad(name, text, wanted: "true or false")
        }
    }

    /// - Throws: ``CommandFailure`` when it is set nowhere.
    package func required(_ name: String) throws -> String {
        guard let value = self.string(name) else {
            throw CommandFailure(
                .usage, "--\(name) is missing", remedy: "Give --\(name), or set \(self.variable(name)).")
        }
        return value
    }

    /// `HOST:PORT` or `[IPv6]:PORT`.
    ///
    /// - Throws: ``CommandFailure`` when the value is there but has another form.
    package func address(_ name: String) throws -> ListenAddress? {
        guard let text = self.string(name) else { return nil }
        guard let address = ListenAddress(text) else { throw self.bad(name, text, wanted: "HOST:PORT") }
        return address
    }

    private func bad(_ name: String, _ value: String, wanted: String) -> CommandFailure {
        CommandFailure(
            .usage, "--\(name) must be \(wanted), not \(value.debugDescription)",
            remedy: "It may stand on the command line, in \(self.variable(name)), or in the configuration file.")
    }

    private func variable(_ name: String) -> String {
        "\(self.program)_\(name)".uppercased().replacing("-", with: "_")
    }
}
