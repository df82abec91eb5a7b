import NIOCore
import Synchronization

/// The open connections of a server: counts them against the limit and closes them when the server stops.
final class GRPCServerConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    private let maximumCount: Int
    private let state = Mutex(State())

    init(maximumCount: Int) {
        self.maximumCount = maximumCount
    }

    /// Takes in a new connection, or says no: too many, or the server is stopping.
    func admit(_ channel: any Channel) -> Bool {
        let isAdmitted = self.state.withLock { state in
            guard !state.isStopping, state.channels.count < self.maximumCount else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        if isAdmitted { channel.closeFuture.whenComplete { _ in self.remove(ObjectIdentifier(channel)) } }
        return isAdmitted
    }

    /// Asks all connections to finish: no new calls, streams end, calls under way are answered.
    func quiesce() {
        for channel in self.stopAdmitting() {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func closeAll() {
        for channel in self.stopAdmitting() { channel.close(promise: nil) }
    }

    /// Returns when the last connection is closed.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = self.state.withLock { state in
                if !state.channels.isEmpty { state.emptied.append(continuation) }
                return state.channels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func stopAdmitting() -> [any Channel] {
        self.state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
    }

    private func remove(_ id: ObjectIdentifier) {
        let waiters: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            state.channels[id] = nil
            guard state.channels.isEmpty else { return [] }
            defer { state.emptied = [] }
            return state.emptied
        }
        for waiter in waiters { waiter.resume() }
    }
}
