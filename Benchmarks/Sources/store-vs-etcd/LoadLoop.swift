import BenchmarkSupport
import CEpoll
import Foundation
import Glibc

/// The load generator's connections, all served by the thread that calls ``run(until:within:)``.
final class LoadLoop {
    private let poll: Int32
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private(set) var connections: [LoadConnection] = []
    private var unflushed: [LoadConnection] = []

    init() throws {
        self.poll = epoll_create1(0)
        guard self.poll >= 0 else { throw BenchmarkFailure("no epoll: \(String(cString: strerror(errno)))") }
    }

    /// Closes all connections. The callbacks of the connections hold on to the loop, so nothing else would.
    func close() {
        for connection in self.connections { connection.close() }
        self.connections = []
        self.unflushed = []
        Glibc.close(self.poll)
        self.scratch.deallocate()
    }

    /// Opens `count` connections, at most 128 of them at a time, and returns when all have heard the server's settings.
    func connect(_ count: Int, port: UInt16, within patience: Duration = .seconds(60)) throws -> [LoadConnection] {
        var opened: [LoadConnection] = []
        while opened.count < count {
            var wave: [LoadConnection] = []
            for _ in 0..<min(128, count - opened.count) {
                let connection = try LoadConnection(index: self.connections.count, port: port)
                self.connections.append(connection)
                var event = epoll_event(
                    events: EPOLLIN.rawValue | EPOLLOUT.rawValue, data: epoll_data_t(u64: UInt64(connection.index)))
                connection.wantsWritable = true
                guard epoll_ctl(self.poll, EPOLL_CTL_ADD, connection.descriptor, &event) == 0 else {
                    throw BenchmarkFailure("cannot watch a connection: \(String(cString: strerror(errno)))")
                }
                wave.append(connection)
            }
            try self.run("connections to be served", within: patience) { wave.allSatisfy { $0.hasSettings } }
            opened += wave
        }
        return opened
    }

    /// Says that a connection has something to send; it goes out at the end of this round of the loop.
    func flushSoon(_ connection: LoadConnection) {
        guard !connection.isMarkedForFlush else { return }
        connection.isMarkedForFlush = true
        self.unflushed.append(connection)
    }

    /// Serves the connections until `isDone`; fails if that takes longer than `patience` or a connection breaks.
    func run(_ purpose: String, within patience: Duration = .seconds(60), until isDone: () -> Bool) throws {
        let limit = monotonicNanoseconds() + UInt64(patience / .nanoseconds(1))
        var events = [epoll_event](repeating: epoll_event(), count: 512)
        while true {
            self.flushAll()
            if isDone() { return }
            guard monotonicNanoseconds() < limit else { throw BenchmarkFailure("waited \(patience) for \(purpose)") }
            let count = epoll_wait(self.poll, &events, Int32(events.count), 100)
            for event in events.prefix(max(0, Int(count))) {
                let connection = self.connections[Int(event.data.u64)]
                if event.events & ~EPOLLOUT.rawValue != 0 { connection.receive(self.scratch) }
                if connection.isBroken { throw BenchmarkFailure("a connection broke while waiting for \(purpose)") }
                self.flushSoon(connection)
            }
        }
    }

    private func flushAll() {
        let connections = self.unflushed
        self.unflushed.removeAll(keepingCapacity: true)
        for connection in connections {
            connection.isMarkedForFlush = false
            if connection.hasOutput { connection.flush() }
            guard connection.hasOutput != connection.wantsWritable, !connection.isBroken else { continue }
            connection.wantsWritable = connection.hasOutput
            let interest = EPOLLIN.rawValue | (connection.hasOutput ? EPOLLOUT.rawValue : 0)
            var event = epoll_event(events: interest, data: epoll_data_t(u64: UInt64(connection.index)))
            epoll_ctl(self.poll, EPOLL_CTL_MOD, connection.descriptor, &event)
        }
    }
}
