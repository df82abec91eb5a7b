import Logging

/// Sends a program's log to stderr.
package enum LoggingSetup {
    /// Call once, before the first logger is made.
    ///
    /// - Throws: ``CommandFailure`` when `level` is not one of swift-log's levels.
    package static func start(level text: String?) throws {
        let level = try Self.level(text)
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }

    /// - Throws: ``CommandFailure`` when `text` is not one of swift-log's levels.
    package static func level(_ text: String?) throws -> Logger.Level {
        let name = text ?? "info"
        guard let level = Logger.Level(rawValue: name) else {
            throw CommandFailure(
                .usage,
                "--log-level must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")), not \(name.debugDescription)"
            )
        }
        return level
    }
}
