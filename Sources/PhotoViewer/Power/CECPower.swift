import Foundation
import Synchronization

/// A television told by HDMI-CEC to go into standby and to wake, through `cec-ctl` (Debian's package v4l-utils).
final class CECPower: PowerMethod {
    private static let patience: Duration = .seconds(8)

    let name = PowerChoice.cec.rawValue
    let cutsSignal = false
    /// Such as `/dev/cec0`.
    private let device: String
    private let isClaimed = Mutex(false)

    init(device: String = "/dev/cec0") { self.device = device }

    func set(_ isOn: Bool) async throws(ViewerError) {
        try await self.claim()
        guard isOn else { return try await self.send(["--standby"]) }
        try await self.send(["--image-view-on"])
        // The television shows whoever says that it is the active source, and it has to say where it is plugged in.
        guard let address = Self.physicalAddress(in: try await self.call([])) else { return }
        _ = try await self.call(["--active-source", "phys-addr=\(address)"])
    }

    func isOn() async -> Bool? {
        do throws(ViewerError) {
            try await self.claim()
            return Self.isOn(in: try await self.call(["--to", "0", "--give-device-power-status"]))
        } catch {
            return nil
        }
    }

    /// Takes a logical address, without which a television does not listen. A television that was unplugged meanwhile
    /// is told again the next time.
    private func claim() async throws(ViewerError) {
        guard access(self.device, R_OK | W_OK) == 0 else {
            throw ViewerError(.notFound, "\(self.device) cannot be opened: no HDMI-CEC here, or not in the group video")
        }
        guard !self.isClaimed.withLock({ $0 }) else { return }
        // At most 14 characters appear on televisions.
        _ = try await self.call(["--playback", "--osd-name", "Photo frame"])
        self.isClaimed.withLock { $0 = true }
    }

    private func send(_ message: [String]) async throws(ViewerError) {
        let output = try await self.call(["--to", "0"] + message)
        guard Self.isAcknowledged(output) else {
            self.isClaimed.withLock { $0 = false }
            throw ViewerError(.refused, "no television answers over HDMI-CEC")
        }
    }

    private func call(_ arguments: [String]) async throws(ViewerError) -> String {
        let outcome = try await Tool.run(["cec-ctl", "--device", self.device] + arguments, within: Self.patience)
        guard outcome.status == 0 else {
            self.isClaimed.withLock { $0 = false }
            throw ViewerError(.refused, "cec-ctl: \(outcome.output.suffix(200))")
        }
        return outcome.output
    }

    /// What nobody takes is reported as `Tx, Not Acknowledged`.
    static func isAcknowledged(_ output: String) -> Bool { !output.contains("Not Acknowledged") }

    /// `pwr-state: standby (0x01)`; on the way to a state counts as being there.
    static func isOn(in output: String) -> Bool? {
        guard let range = output.firstRange(of: "pwr-state:") else { return nil }
        let state = output[range.upperBound...].drop { $0 == " " }
        if state.hasPrefix("on") || state.hasPrefix("to-on") { return true }
        if state.hasPrefix("standby") || state.hasPrefix("to-standby") { return false }
        return nil
    }

    /// `Physical Address           : 1.0.0.0`
    static func physicalAddress(in output: String) -> String? {
        for line in output.split(separator: "\n") where line.contains("Physical Address") {
            guard let value = line.split(separator: ":").last?.trimmingCharacters(in: .whitespaces),
                value.split(separator: ".").count == 4, value != "f.f.f.f"
            else { continue }
            return value
        }
        return nil
    }
}
