import Foundation
import Glibc

/// What can be found out without asking anybody else.
enum MachineChecks {
    /// Less than this fills up within days.
    private static let littleSpace: UInt64 = 200 << 20

    static func clock() -> Finding {
        let remedy = "Have the time kept: timedatectl set-ntp true."
        // 2026-01-01: before this program was.
        guard WallClock.nanoseconds() > 1_767_225_600_000_000_000 else {
            return Finding("clock", .warning, "the clock is not set", remedy: remedy)
        }
        guard KernelClock.isSynchronised() else {
            return Finding("clock", .warning, "nobody keeps the clock in step with a time server", remedy: remedy)
        }
        return Finding("clock", .ok, "kept in step with a time server")
    }

    static func storage(_ folder: String) -> Finding {
        let probe = "\(folder)/.doctor"
        do throws(ViewerError) {
            try AtomicFile.write([0x0A], to: probe, permissions: 0o600)
            unlink(probe)
        } catch {
            return Finding(
                "storage", .failure, "nothing can be written to \(folder): \(error)",
                remedy: "Give this user a folder of its own with --data, on a disk that is neither full nor read-only.")
        }
        var disk = statvfs()
        guard statvfs(folder, &disk) == 0 else { return Finding("storage", .ok, "\(folder) can be written") }
        let free = UInt64(disk.f_bavail) * UInt64(disk.f_frsize)
        guard free > Self.littleSpace else {
            return Finding(
                "storage", .warning, "only \(free >> 20) MB are free for \(folder)",
                remedy: "Free some space, or lower --cache-limit-mb.")
        }
        return Finding("storage", .ok, "\(folder) can be written, \(free >> 20) MB free")
    }

    static func network() -> Finding {
        let addresses = Surroundings.addresses().map { "\($0.interface) \($0.address)" }
        guard !addresses.isEmpty else {
            return Finding(
                "network", .warning, "this machine has no network address",
                remedy: "Connect a cable or set up Wi-Fi; photos that are here already are shown without.")
        }
        return Finding("network", .ok, addresses.joined(separator: ", "))
    }

    static func screen(environment: [String: String] = ProcessInfo.processInfo.environment) -> Finding {
        if let desktop = environment["WAYLAND_DISPLAY"] ?? environment["DISPLAY"] {
            return Finding("screen", .ok, "a desktop at \(desktop)")
        }
        let cards = ((try? FileManager.default.contentsOfDirectory(atPath: "/dev/dri")) ?? [])
            .filter { $0.hasPrefix("card") }.sorted().map { "/dev/dri/\($0)" }
        guard !cards.isEmpty else {
            return Finding(
                "screen", .failure, "there is neither a desktop nor a graphics card",
                remedy: "Start a desktop, enable the graphics driver (Raspberry Pi: vc4-kms-v3d), or use --stage files."
            )
        }
        guard let card = cards.first(where: { access($0, R_OK | W_OK) == 0 }) else {
            return Finding(
                "screen", .failure, "\(cards.joined(separator: ", ")) cannot be opened by this user",
                remedy: "Put the user into the groups video and render.")
        }
        return Finding("screen", .ok, "\(card) can be opened; \(self.connectors())")
    }

    /// What the kernel says of each connector: `HDMI-A-1 connected`.
    private static func connectors() -> String {
        let folder = "/sys/class/drm"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let states = names.compactMap { name -> String? in
            guard let state = try? String(contentsOfFile: "\(folder)/\(name)/status", encoding: .utf8) else {
                return nil
            }
            return "\(name) \(state.trimmingCharacters(in: .whitespacesAndNewlines))"
        }
        return states.isEmpty ? "no connector is listed" : states.joined(separator: ", ")
    }

    /// Devices that this user should be able to open where they are there.
    static func permissions(devices: [String] = Self.devices()) -> Finding {
        let closed = devices.filter { access($0, R_OK | W_OK) != 0 }
        guard closed.isEmpty else {
            return Finding(
                "access", .warning, "this user may not open \(closed.joined(separator: ", "))",
                remedy: "Put the user into the groups video, render and input (systemd: SupplementaryGroups=).")
        }
        let text = devices.isEmpty ? "no devices of a screen here" : devices.joined(separator: ", ")
        return Finding("access", .ok, text)
    }

    /// Graphics cards and the way to televisions.
    private static func devices() -> [String] {
        let names = { (folder: String, prefixes: [String]) -> [String] in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .filter { name in prefixes.contains(where: name.hasPrefix) }.sorted().map { "\(folder)/\($0)" }
        }
        return names("/dev/dri", ["card", "renderD"]) + names("/dev", ["cec"])
    }
}
