import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Ports for programs that cannot be asked which port they took.
package enum FreePort {
    /// Those that this process has given out: their owners may not have bound them yet, or be about to bind them again.
    private static let given = Mutex<Set<Int>>([])

    /// A TCP port of 127.0.0.1 that nothing listens on now, and another each time. Taken below 32768, where the system
    /// hands out no ports by itself, so that a closed connection cannot sit on it before its owner starts.
    package static func next() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 11_000..<32_000)
            if self.isFree(port), self.given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw NotInTime(description: "no free port between 11000 and 32000 in 200 tries")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
