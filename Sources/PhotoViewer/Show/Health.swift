import DisplayChannel
import Foundation
import Glibc
import NIOCore

/// Facts about the machine, for the status.
enum Health {
    /// Fills in what can be found out; leaves the rest as it was.
    static func fill(_ status: inout DisplayStatus, folder: String) {
        var disk = statvfs()
        if statvfs(folder, &disk) == 0 { status.freeBytes = Int64(disk.f_bavail) * Int64(disk.f_frsize) }
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        {
            status.memoryBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        }
        if let text = try? String(contentsOfFile: "/sys/class/thermal/thermal_zone0/temp", encoding: .utf8),
            let thousandths = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            status.temperatureCelsius = thousandths / 1000
        }
        status.ip = self.address() ?? status.ip
    }

    /// The first address of this machine that others can reach.
    private static func address() -> String? {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap(\.address).first { address in
            address.protocol == .inet && address.ipAddress?.hasPrefix("127.") == false
        }?.ipAddress
    }
}
