import Glibc
import Logging

/// Tells systemd that the display lives, for as long as its picture does: a frozen picture has the program restarted, a
/// resting one never does.
///
/// See sd_notify(3): the service needs `Type=notify` and `WatchdogSec=`.
struct Watchdog: Sendable {
    /// How late a frame may be before the picture counts as frozen.
    static let patience: Duration = .seconds(20)

    private let socket: String?
    private let interval: Duration
    private let lateness: @Sendable () -> Duration
    private let summary: @Sendable () async -> String
    private let logger: Logger

    /// - Parameters:
    ///   - socket: systemd's `NOTIFY_SOCKET`; nil when it did not start us.
    ///   - limitMicroseconds: Its `WATCHDOG_USEC`; nil when it does not watch us.
    ///   - lateness: How long a frame has been owed.
    ///   - summary: What the display does, in words; to be answered by whoever deals with its events.
    init(
        socket: String? = Self.environment("NOTIFY_SOCKET"),
        limitMicroseconds: Int? = Self.environment("WATCHDOG_USEC").flatMap { Int($0) },
        lateness: @escaping @Sendable () -> Duration, summary: @escaping @Sendable () async -> String, logger: Logger
    ) {
        self.socket = socket
        self.interval = .microseconds(max((limitMicroseconds ?? 60_000_000) / 3, 10_000))
        self.lateness = lateness
        self.summary = summary
        self.logger = logger
    }

    /// Notifies until cancelled.
    func run() async {
        guard let socket = self.socket else { return }
        self.send("READY=1", to: socket)
        var wasFrozen = false
        while !Task.isCancelled {
            let isFrozen = self.lateness() > Self.patience
            if isFrozen, !wasFrozen { self.logger.critical("the picture is frozen; systemd is told no more") }
            wasFrozen = isFrozen
            // Comes back only when the viewer still deals with its events.
            let summary = await self.summary()
            if !isFrozen { self.send("WATCHDOG=1\nSTATUS=\(summary)", to: socket) }
            try? await Task.sleep(for: self.interval)  // throws only when cancelled
        }
    }

    private func send(_ text: String, to path: String) {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return self.warn("socket") }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A leading @ stands for the zero byte of an abstract address.
        var name = Array(path.utf8)
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return self.warn("NOTIFY_SOCKET") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(text.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        if sent != bytes.count { self.warn("sendto") }
    }

    private func warn(_ call: String) {
        self.logger.warning(
            "systemd could not be told that the display lives",
            metadata: ["call": "\(call)", "error": "\(String(cString: strerror(errno)))"])
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
