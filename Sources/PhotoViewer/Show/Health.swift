import DisplayChannel
import Foundation
import Glibc

/// Facts about the machine, for the status.
enum Health {
    /// Fills in what can be found out; leaves the rest as it was.
    static func fill(_ status: inout DisplayStatus, folder: String) {
        var disk = statvfs()
        if statvfs(folder, &disk) == 0 { status.freeBytes = Int64(disk.f_bavail) * Int64(disk.f_frsize) }
        if let bytes = MemoryUse.resident() { status.memoryBytes = bytes }
        status.temperatureCelsius = Throttling.temperature() ?? status.temperatureCelsius
        status.throttled = Throttling.isThrottled() ?? status.throttled
        status.ip = Surroundings.addresses().first { !$0.address.contains(":") }?.address ?? status.ip
    }

    /// What of it people should do something about.
    static func warnings(_ status: DisplayStatus) -> [String] {
        var warnings: [String] = []
        if status.throttled == true {
            warnings.append("the machine is too hot or gets too little power, and runs slower")
        }
        if let free = status.freeBytes, free < 64 << 20 { warnings.append("only \(free >> 20) MB of disk are free") }
        return warnings
    }
}
