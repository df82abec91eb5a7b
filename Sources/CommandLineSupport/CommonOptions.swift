import ArgumentParser

/// Options that every subcommand takes.
package struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "How much to log: trace, debug, info, notice, warning, error or critical. Default: info.",
            valueName: "level"))
    var logLevel: String?

    package init() {}

    /// Reads the layers below `flags` and starts logging.
    ///
    /// - Parameter program: Whose variables in the environment count: `photoserver` reads `PHOTOSERVER_…`.
    package func settings(program: String, flags: [String: String?]) async throws -> LayeredSettings {
        let settings = try await LayeredSettings(
            program: program, flags: flags.merging(["log-level": self.logLevel]) { $1 }, file: self.config)
        try LoggingSetup.start(level: settings.string("log-level"))
        return settings
    }
}
