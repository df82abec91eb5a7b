import Glibc
import NIOCore
import Synchronization

/// The connections of a server, never more than it may have: see ``ConnectionQueue``.
final class ConnectionTable: Sendable {
    private struct State {
        var queue: ConnectionQueue
        var channels: [Int: any Channel] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    /// - Parameter maximum: At one time; fewer where this process may not open so many files.
    init(maximum: Int) {
        self.state = Mutex(State(queue: ConnectionQueue(maximum: min(maximum, Self.room))))
    }

    /// What the files that this process may open leave for connections: half of them, and all but a thousand of many.
    private static var room: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        let files = Int(clamping: limit.rlim_cur)
        return max(files / 2, files - 1000)
    }

    /// One connection of a table.
    struct Entry: Sendable {
        fileprivate let table: ConnectionTable
        fileprivate let number: Int

        /// A request of it is being worked on.
        func works() { self.table.state.withLock { $0.queue.works(self.number) } }
        /// Its requests are answered.
        func waits() { self.table.state.withLock { $0.queue.waits(self.number) } }
    }

    /// Takes note of a connection until it closes. Where there is no room for it, another one is closed, or it itself.
    func opened(_ channel: any Channel) -> Entry {
        let (number, surplus) = self.state.withLock { state in
            state.next += 1
            state.channels[state.next] = channel
            return (state.next, state.queue.opened(state.next).flatMap { state.channels.removeValue(forKey: $0) })
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.queue.closed(number)
                state.channels[number] = nil
            }
        }
        surplus?.close(promise: nil)
        return Entry(table: self, number: number)
    }
}
