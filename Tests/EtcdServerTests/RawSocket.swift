import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP connection on which a test sends what it likes, or nothing.
final class RawSocket: Sendable {
    private let descriptor: Int32
    let isConnected: Bool

    init(port: Int) {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let descriptor = self.descriptor
        self.isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    deinit { close(self.descriptor) }

    /// Sends as much as the other side takes at once.
    func send(_ bytes: [UInt8]) {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        _ = bytes.withUnsafeBytes { Glibc.send(self.descriptor, $0.baseAddress, $0.count, flags) }
    }

    /// What has come since it was last asked for.
    func receive() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return Array(buffer.prefix(max(0, count)))
    }

    /// Whether the other side has closed; what it sent before is thrown away.
    var isClosedByPeer: Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(self.descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            return count == 0 || (errno != EAGAIN && errno != EINTR)
        }
    }
}

/// One page by curl: a client that knows HTTP/1 and HTTP/2.
enum HTTPPage {
    static func get(_ url: String, _ arguments: [String] = []) async throws -> (status: Int, body: String) {
        try await withTemporaryFolder { folder in
            let curl = try ChildProcess(
                "curl", ["-s", "-m", "10", "-o", folder + "/body", "-w", "%{http_code}"] + arguments + [url],
                log: folder + "/log")
            let status = try await curl.finished()
            let body = (try? String(contentsOfFile: folder + "/body", encoding: .utf8)) ?? ""
            guard status == 0, let code = Int(curl.output) else { throw NotInTime(description: "curl: \(curl.output)") }
            return (code, body)
        }
    }
}

/// How many files a process may have open.
enum OpenFiles {
    /// As many as the system allows this user.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
