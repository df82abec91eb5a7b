import Foundation
import NIOCore

/// What a display needs from the world around it, as far as it can be seen from here.
package enum Surroundings {
    /// Addresses of this machine that others can reach, with the name of their interface.
    static func addresses() -> [(interface: String, address: String)] {
        ((try? System.enumerateDevices()) ?? []).compactMap { device in
            guard let address = device.address?.ipAddress,
                !["127.", "::1", "fe80", "169.254."].contains(where: address.hasPrefix)
            else { return nil }
            return (device.name, address)
        }
    }

    /// Sentences for the screen.
    ///
    /// - Parameters:
    ///   - server: Where the server is, if that is known: on this machine it needs no network.
    ///   - isClockWrong: Whether the clock was seen to run behind the last known time.
    static func missing(server: String?, isClockWrong: Bool) -> [String] {
        var missing: [String] = []
        let host = server.flatMap { URL(string: $0)?.host }
        let isHere = host.map { ["localhost", "127.0.0.1", "::1"].contains($0) } ?? false
        if !isHere, self.addresses().isEmpty {
            missing.append("This machine has no network: connect a cable or set up Wi-Fi")
        }
        // 2026-01-01: before this program was.
        if isClockWrong || WallClock.nanoseconds() < 1_767_225_600_000_000_000 {
            missing.append("The clock is not set")
        }
        return missing
    }
}
