import Foundation

/// Whether the machine runs slower than it could, because it is too hot or gets too little power.
package enum Throttling {
    /// Nil where the machine does not say.
    static func isThrottled(root: String = "") -> Bool? {
        // Raspberry Pi: bits 0 to 3 say what holds now (undervoltage, frequency capped, throttled, temperature limit).
        if let text = self.read("\(root)/sys/devices/platform/soc/soc:firmware/get_throttled"),
            let bits = UInt32(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16)
        {
            return bits & 0xF != 0
        }
        let alarms = self.names("\(root)/sys/class/hwmon").compactMap { name -> Bool? in
            guard self.read("\(root)/sys/class/hwmon/\(name)/name") == "rpi_volt" else { return nil }
            return self.read("\(root)/sys/class/hwmon/\(name)/in0_lcrit_alarm") == "1"
        }
        if let alarm = alarms.first { return alarm }
        // Elsewhere: a fan or frequency that is held back shows as a cooling device in use.
        let cooling = self.names("\(root)/sys/class/thermal").filter { $0.hasPrefix("cooling_device") }
            .compactMap { name -> Bool? in
                guard self.read("\(root)/sys/class/thermal/\(name)/type") == "Processor" else { return nil }
                return self.read("\(root)/sys/class/thermal/\(name)/cur_state").flatMap { Int($0) }.map { $0 > 0 }
            }
        return cooling.isEmpty ? nil : cooling.contains(true)
    }

    /// Degrees Celsius of the hottest zone; nil where there is none.
    static func temperature(root: String = "") -> Double? {
        self.names("\(root)/sys/class/thermal").filter { $0.hasPrefix("thermal_zone") }
            .compactMap { self.read("\(root)/sys/class/thermal/\($0)/temp").flatMap { Double($0) }.map { $0 / 1000 } }
            // A zone whose sensor is missing says something absurd.
            .filter { (-40...150).contains($0) }.max()
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func read(_ file: String) -> String? {
        (try? String(contentsOfFile: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
