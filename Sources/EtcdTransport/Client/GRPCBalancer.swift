import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Connections to several equal servers. Calls go to those that are there, in turn; a call that stays on its connection,
/// such as a stream, stays on its server.
///
/// Each server has a ``GRPCClient`` of its own. One that is not connected is tried again in the background, with pauses,
/// for as long as there are calls; only if none is connected does a call wait, for the first that is.
package final class GRPCBalancer: Sendable {
    /// One for each server, or one for all where calls are not spread.
    private let lanes: [GRPCClient]
    private let turn = Atomic<UInt>(0)

    /// - Parameter spreads: Whether to use all servers at once. If not, one is used until it fails, then the next.
    package init(
        _ configuration: GRPCClient.Configuration, spreads: Bool, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        guard spreads, configuration.endpoints.count > 1 else {
            self.lanes = [GRPCClient(configuration, logger: logger, group: group)]
            return
        }
        self.lanes = configuration.endpoints.map { endpoint in
            var configuration = configuration
            configuration.endpoints = [endpoint]
            return GRPCClient(configuration, logger: logger, group: group)
        }
    }

    /// How many connections have come about so far.
    package var connectionsMade: Int { self.lanes.reduce(0) { $0 + $1.connectionsMade } }

    /// The shortest time between pings that a server has not complained about, on connections yet to be made.
    package var pingInterval: TimeAmount { self.lanes.map(\.pingInterval).max() ?? .zero }

    /// The connection for the next call; waits for one if there is none.
    ///
    /// - Throws: ``GRPCClient/Failure``, or `CancellationError`.
    package func connection(deadline: NIODeadline) async throws -> GRPCClientConnection {
        if self.lanes.count == 1 { return try await self.lanes[0].connection(deadline: deadline) }
        let start = self.turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(self.lanes.count)
        var chosen: GRPCClientConnection?
        // All are looked at, so that those that were lost are sought again.
        for offset in 0..<self.lanes.count {
            let connection = self.lanes[(Int(start) + offset) % self.lanes.count].connectionOrAttempt()
            if chosen == nil { chosen = connection }
        }
        if let chosen { return chosen }
        return try await self.firstConnection(deadline: deadline)
    }

    private func firstConnection(deadline: NIODeadline) async throws -> GRPCClientConnection {
        let first = await withTaskGroup(of: Result<GRPCClientConnection, any Error>.self) { group in
            for lane in self.lanes {
                group.addTask {
                    do {
                        return .success(try await lane.connection(deadline: deadline))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            defer { group.cancelAll() }
            var last = Result<GRPCClientConnection, any Error>.failure(GRPCClient.Failure.closed)
            while let result = await group.next() {
                last = result
                if case .success = result { break }
            }
            return last
        }
        return try first.get()
    }

    /// The connection's server answers, but cannot serve: the next calls go to others, if there are any. Calls under way
    /// go on.
    package func avoid(_ connection: GRPCClientConnection) {
        if self.lanes.count == 1 { return self.lanes[0].avoid(connection) }
        for lane in self.lanes { lane.rest(connection) }
    }

    /// The connection does not answer: the next calls go over another. It is asked for a sign of life, and closes without
    /// one.
    package func abandon(_ connection: GRPCClientConnection) {
        for lane in self.lanes { lane.abandon(connection) }
    }

    /// Closes all connections and waits until they are. All later requests fail with ``GRPCClient/Failure/closed``.
    package func close() async {
        await withTaskGroup(of: Void.self) { group in
            for lane in self.lanes { group.addTask { await lane.close() } }
        }
    }
}
