import BenchmarkSupport
import Foundation

/// Plays systemd: hears what a display says of itself.
final class NotifySocket {
    let path: String
    private let descriptor: Int32

    init(folder: String) throws {
        self.path = "\(folder)/notify-\(UUID().uuidString.prefix(8))"
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(self.path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw BenchmarkFailure("cannot make the socket \(self.path)") }
    }

    deinit {
        close(self.descriptor)
        unlink(self.path)
    }

    /// The display's environment; it tells its status about 60 times a second.
    var environment: [String: String] { ["NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "48000"] }

    /// What was said since the last time, oldest first.
    func take() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(self.descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }

    /// Waits for a message that `isWanted`.
    func wait(for what: String, within limit: Duration = .seconds(60), _ isWanted: (String) -> Bool) async throws
        -> String
    {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let message = self.take().last(where: isWanted) { return message }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw BenchmarkFailure("\(what) was not heard of within \(limit)")
    }
}
