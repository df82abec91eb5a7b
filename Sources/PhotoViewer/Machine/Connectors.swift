import Foundation

/// The connectors of this machine's graphics cards, as the kernel lists them in sysfs. Reading them disturbs nothing.
package enum Connectors {
    package static let folder = "/sys/class/drm"

    /// Whether something is plugged into the connector, such as `HDMI-A-1`; nil when there is no such connector.
    package static func isConnected(_ name: String, folder: String = Self.folder) -> Bool? {
        self.all(folder: folder).first { $0.name == name }?.isConnected
    }

    /// Every connector but those that only write into memory, in the order of their names.
    package static func all(folder: String = Self.folder) -> [(name: String, isConnected: Bool)] {
        let entries = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        return entries.compactMap { entry -> (name: String, isConnected: Bool)? in
            // card0-HDMI-A-1
            guard entry.hasPrefix("card"), let dash = entry.firstIndex(of: "-"), !entry.contains("Writeback"),
                let status = try? String(contentsOfFile: "\(folder)/\(entry)/status", encoding: .utf8)
            else { return nil }
            return (String(entry[entry.index(after: dash)...]), status.hasPrefix("connected"))
        }
    }
}
