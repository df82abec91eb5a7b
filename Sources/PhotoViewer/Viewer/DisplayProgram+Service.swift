import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

extension DisplayProgram {
    /// Runs displays, one for each screen, until somebody quits at a stage, a command ends one, or the process gets
    /// SIGTERM or SIGINT; then all end.
    ///
    /// - Returns: Why the first one ended; nil after a signal.
    /// - Throws: As ``run()``.
    package static func runUntilSignalled(_ programs: [DisplayProgram], logger: Logger) async throws -> DisplayEnd? {
        let displays = programs.map { GracefulDisplay(program: $0) }
        let group = ServiceGroup(
            configuration: .init(
                services: displays.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        return displays.compactMap { $0.end.withLock { $0 } }.first
    }
}

/// Ends the display when the group is to shut down; it needs no time to say good-bye beyond what cancellation gives.
private final class GracefulDisplay: Service {
    let program: DisplayProgram
    let end = Mutex<DisplayEnd?>(nil)

    init(program: DisplayProgram) { self.program = program }

    func run() async throws {
        let end = try await cancelWhenGracefulShutdown { try await self.program.run() }
        self.end.withLock { $0 = end }
    }
}
