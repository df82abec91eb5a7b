import UnixSignals

/// SIGINT or SIGTERM.
package enum Interruption {
    /// Returns when the process is told to stop, or the task is cancelled.
    package static func wait() async {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
    }
}
