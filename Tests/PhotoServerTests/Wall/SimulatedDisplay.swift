import DisplayChannel
import EtcdClient
import Foundation
import Synchronization

/// A display without a screen: it follows its keys, applies state at once, runs commands by writing them down, and reports.
final class SimulatedDisplay: Sendable {
    private struct State {
        var state = DisplayState()
        var status = DisplayStatus()
        /// The photos that it was told to show, by command.
        var shown: [String] = []
    }

    let id: DisplayID
    private let memory = VolatileChannelMemory()
    private let state = Mutex(State())

    init(_ id: DisplayID) { self.id = id }

    /// What it applied last.
    var applied: DisplayState { self.state.withLock { $0.state } }
    /// The commands that it ran, by the photos that they named.
    var shown: [String] { self.state.withLock { $0.shown } }

    /// Follows until its task is cancelled.
    func run(_ client: EtcdClient) async throws {
        let reporter = StatusReporter(display: self.id, client: client, logger: quietLogger)
        let follower = DisplayFollower(display: self.id, client: client, store: self.memory, logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reporter.run() }
            group.addTask { try await follower.run { reporter.report(self.take($0)) } }
            try await group.next()
            group.cancelAll()
        }
    }

    private func take(_ event: ChannelEvent) -> DisplayStatus {
        self.state.withLock { state in
            switch event {
            case .state(let new, _, let revision):
                state.state = new
                state.status.appliedRevision = revision
            case .command(let command, let revision):
                if case .show(let photo) = command { state.shown.append(photo) }
                state.status.report(.init(topic: command.topic, revision: revision, result: .done))
            case .skipped(let report):
                state.status.report(report)
            case .received(let revision):
                state.status.receivedRevision = revision
            case .away, .back:
                break
            }
            return state.status
        }
    }
}
