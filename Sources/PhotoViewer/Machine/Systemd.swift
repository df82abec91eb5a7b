import Glibc

/// What systemd is told of this program; see sd_notify(3).
package struct Systemd: Sendable {
    package enum Failure: Error { case socket, address, send }

    private let socket: String

    /// Nil when systemd did not start this program, or does not want to know.
    package init?(socket: String? = getenv("NOTIFY_SOCKET").map { String(cString: $0) }) {
        guard let socket else { return nil }
        self.socket = socket
    }

    /// Such as `READY=1`, `WATCHDOG=1` or `STATUS=showing a.jpg`, a line each. Never waits.
    ///
    /// - Throws: ``Failure``: `send` also while nobody reads what was said before.
    package func notify(_ text: String) throws(Failure) {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .socket }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A leading @ stands for the zero byte of an abstract address.
        var name = Array(self.socket.utf8)
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .address }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(text.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
            }
        }
        guard sent == bytes.count else { throw .send }
    }
}
