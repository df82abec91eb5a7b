import Logging
import ServiceLifecycle
import UnixSignals

extension DisplayProgram {
    /// Runs the display until somebody quits at the stage, or the process gets SIGTERM or SIGINT.
    ///
    /// - Throws: As ``run()``.
    package func runUntilSignalled(logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: GracefulDisplay(program: self), successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}

/// Ends the display when the group is to shut down; it needs no time to say good-bye beyond what cancellation gives.
private struct GracefulDisplay: Service {
    let program: DisplayProgram

    func run() async throws { try await cancelWhenGracefulShutdown { try await self.program.run() } }
}
