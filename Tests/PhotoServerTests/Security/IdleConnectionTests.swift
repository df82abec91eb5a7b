import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import PhotoServer

/// Connections on which nobody asks for anything, on the program itself.
@Suite(.serialized, .timeLimit(.minutes(2))) struct IdleConnectionTests {
    private static let count = 10_000

    /// Raises the limit of open files of this process to what this many connections need.
    private static func raiseFileLimit() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { throw NotInTime(description: "getrlimit: errno \(errno)") }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0, limit.rlim_cur >= rlim_t(Self.count + 500) else {
            throw NotInTime(
                description: """
                    This test opens \(Self.count) connections, and this user may have \(limit.rlim_max) files open. Raise \
                    the hard limit (ulimit -Hn) to \(Self.count + 500).
                    """)
        }
    }

    @Test func `10,000 idle connections: the server goes on answering, and who works stays connected`() async throws {
        try Self.raiseFileLimit()
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let cookie = session["cookie"].first ?? ""
            // Older than all of the idle ones, and used.
            let ended = Shared(false)
            let follower = Task {
                defer { ended.set(true) }
                try await RawConnection.holds(
                    port: server.port, "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nCookie: \(cookie)\r\n\r\n",
                    for: .seconds(600))
            }
            defer { follower.cancel() }
            let before = try #require(server.openFiles)
            let closed = Shared(0)
            let idle = try await Self.open(port: server.port) { closed.update { $0 += 1 } }
            #expect(idle.count == Self.count)

            let began = ContinuousClock.now
            for _ in 0..<5 {
                // Each over a connection of its own.
                let answer = try await RawConnection.exchange(
                    port: server.port, "GET /api/v1/session HTTP/1.1\r\nHost: x\r\nCookie: \(cookie)\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            }
            #expect(ContinuousClock.now - began < .seconds(10))
            try await eventually("the oldest being closed, and no more kept than the server holds") {
                guard let files = server.openFiles else { return false }
                return closed.get() >= Self.count - RequestLimits.connections
                    && files - before <= RequestLimits.openSockets
            }
            #expect(!ended.get(), "who follows the events was cut off")
            for channel in idle where channel.isActive { channel.close(promise: nil) }
            try await eventually("all being closed") { (server.openFiles ?? .max) < before + 100 }
            let (status, _, _) = try await server.send(.GET, "/api/v1/session", session)
            #expect(status == .ok)
        }
    }

    private static func open(port: Int, onClose: @escaping @Sendable () -> Void) async throws -> [any Channel] {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        var channels: [any Channel] = []
        // Fewer at once than the system keeps for a program that has not accepted them yet: it drops what is beyond.
        for _ in 0..<(Self.count / 100) {
            let futures = (0..<100).map { _ in bootstrap.connect(host: "127.0.0.1", port: port) }
            for future in futures {
                let channel = try await future.get()
                channel.closeFuture.whenComplete { _ in onClose() }
                channels.append(channel)
            }
        }
        return channels
    }
}

extension RunningServer {
    /// Files and connections that it has open.
    fileprivate var openFiles: Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(self.process.identifier)/fd").count
    }
}
