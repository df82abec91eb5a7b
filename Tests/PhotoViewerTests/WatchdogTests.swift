import Glibc
import Logging
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(1)))
struct WatchdogTests {
    /// Where systemd would listen.
    private final class NotifySocket: Sendable {
        let path: String
        private let descriptor: Int32

        init(folder: String) throws {
            self.path = "\(folder)/notify"
            self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(self.path.utf8)) }
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
        }

        deinit { close(self.descriptor) }

        /// The next message, if there is one.
        func next() -> String? {
            var buffer = [UInt8](repeating: 0, count: 512)
            let count = recv(self.descriptor, &buffer, buffer.count, 0)
            return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
        }
    }

    @Test func itIsFedWhileNoFrameIsOwedForLongAndNoLonger() async throws {
        try await withTemporaryFolder { folder in
            let systemd = try NotifySocket(folder: folder)
            let lateness = Shared<Duration>(.zero)
            let watchdog = Watchdog(
                systemd: Systemd(socket: systemd.path), limitMicroseconds: 60_000, lateness: { lateness.get() },
                summary: { "resting" },
                logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watchdog.run() }
                #expect(try await eventually("the start") { systemd.next() } == "READY=1")
                for _ in 0..<3 {
                    #expect(try await eventually("a sign of life") { systemd.next() } == "WATCHDOG=1\nSTATUS=resting")
                }
                lateness.set(Watchdog.patience + .seconds(1))
                // One may be on its way; after it there is silence.
                try await Task.sleep(for: .milliseconds(100))
                while systemd.next() != nil {}
                try await Task.sleep(for: .milliseconds(200))
                #expect(systemd.next() == nil)
                lateness.set(.zero)
                _ = try await eventually("a sign of life") { systemd.next() }
                group.cancelAll()
            }
        }
    }

    @Test func whatSystemdDoesNotReadHoldsNobodyUp() async throws {
        try await withTemporaryFolder { folder in
            let socket = try NotifySocket(folder: folder)
            let systemd = try #require(Systemd(socket: socket.path))
            var refused = 0
            for _ in 0..<2_000 {
                do throws(Systemd.Failure) { try systemd.notify("WATCHDOG=1") } catch { refused += 1 }
            }
            #expect(refused > 0)
            while socket.next() != nil {}
            try systemd.notify("STATUS=heard again")
            #expect(socket.next() == "STATUS=heard again")
        }
    }

    @Test func aFrameIsOwedFromTheChangeUntilItIsPresented() async throws {
        let stage = FakeStage()
        let projector = Projector(stage: stage, logger: Logger(label: "test"))
        #expect(projector.lateness == .zero)
        _ = projector.update { $0.isDark = true }
        try await Task.sleep(for: .milliseconds(20))
        #expect(projector.lateness >= .milliseconds(20))
        let drawing = Task { await projector.run { _ in } }
        try await eventually("the frame") { projector.lateness == .zero && stage.presentedFrames > 0 }
        drawing.cancel()
    }
}
