import Logging
import Synchronization
import ServiceLifecycle
import UnixSignals

extension DisplayProgram {
    /// Runs the display until somebody quits at the stage, a command ends it, or the process gets SIGTERM or SIGINT.
    ///
    /// - Returns: Why it ended; nil after a signal.
    /// - Throws: As ``run()``.
    package func runUntilSignalled(logger: Logger) async throws -> DisplayEnd? {
        let display = GracefulDisplay(program: self)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: display, successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        return display.end.withLock { $0 }
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
