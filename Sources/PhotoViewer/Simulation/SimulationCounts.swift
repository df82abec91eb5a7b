import Synchronization

/// What a simulated fleet has done so far.
package struct SimulationSummary: Codable, Hashable, Sendable {
    package var displays = 0
    /// Admitted by the server.
    package var admitted = 0
    /// Hearing their mediator now.
    package var online = 0
    /// States taken in, since the start.
    package var states = 0
    /// Commands run, since the start.
    package var commands = 0
    /// Photos shown, since the start.
    package var photos = 0
    /// Times a display lost its mediator.
    package var losses = 0
    /// Failed registrations and fetches.
    package var failures = 0
    /// Milliseconds from receiving a state to having its playlist, of the newest states.
    package var appliedAfterP50: Double?
    package var appliedAfterP99: Double?

    private enum CodingKeys: String, CodingKey {
        case displays, admitted, online, states, commands, photos, losses, failures
        case appliedAfterP50 = "applied_after_ms_p50"
        case appliedAfterP99 = "applied_after_ms_p99"
    }
}

/// Counts for the whole fleet.
final class SimulationCounts: Sendable {
    /// How many of the newest times percentiles are taken of.
    private static let window = 10_000

    private struct State {
        var summary = SimulationSummary()
        var times: [Double] = []
        var next = 0
    }

    private let state = Mutex(State())

    func change(_ body: (inout SimulationSummary) -> Void) { self.state.withLock { body(&$0.summary) } }

    func applied(after milliseconds: Double) {
        self.state.withLock { state in
            if state.times.count < Self.window {
                state.times.append(milliseconds)
            } else {
                state.times[state.next] = milliseconds
                state.next = (state.next + 1) % Self.window
            }
        }
    }

    var summary: SimulationSummary {
        let (summary, times) = self.state.withLock { ($0.summary, $0.times.sorted()) }
        var result = summary
        if !times.isEmpty {
            result.appliedAfterP50 = times[times.count / 2]
            result.appliedAfterP99 = times[times.count * 99 / 100]
        }
        return result
    }
}
