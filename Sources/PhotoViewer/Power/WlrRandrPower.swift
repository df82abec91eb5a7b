import Foundation

/// A wlroots desktop (labwc, wayfire, sway) told by `wlr-randr` to switch its output.
struct WlrRandrPower: PowerMethod {
    private static let patience: Duration = .seconds(5)

    let name = PowerChoice.wlrRandr.rawValue
    let cutsSignal = true
    /// Such as `HDMI-A-1`; nil takes the desktop's first.
    let output: String?

    func set(_ isOn: Bool) async throws(ViewerError) {
        let output = try await self.outputName()
        let outcome = try await Tool.run(
            ["wlr-randr", "--output", output, isOn ? "--on" : "--off"], within: Self.patience)
        guard outcome.status == 0 else {
            throw ViewerError(.refused, "wlr-randr: \(outcome.output.prefix(200))")
        }
    }

    func isOn() async -> Bool? {
        guard let output = try? await self.outputName(), let text = try? await self.state() else { return nil }
        return Self.isEnabled(output, in: text)
    }

    private func outputName() async throws(ViewerError) -> String {
        if let output = self.output { return output }
        guard let name = Self.outputs(in: try await self.state()).first else {
            throw ViewerError(.notFound, "wlr-randr names no output")
        }
        return name
    }

    private func state() async throws(ViewerError) -> String {
        guard ProcessInfo.processInfo.environment["WAYLAND_DISPLAY"] != nil else {
            throw ViewerError(.notFound, "there is no Wayland desktop")
        }
        let outcome = try await Tool.run(["wlr-randr"], within: Self.patience)
        guard outcome.status == 0 else {
            throw ViewerError(.refused, "wlr-randr: \(outcome.output.prefix(200))")
        }
        return outcome.output
    }

    /// Each output begins a line without indentation: `HDMI-A-1 "Maker Model (HDMI-A-1)"`.
    static func outputs(in text: String) -> [String] {
        text.split(separator: "\n").filter { $0.first?.isWhitespace == false }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    static func isEnabled(_ output: String, in text: String) -> Bool? {
        var isOurs = false
        for line in text.split(separator: "\n") {
            if line.first?.isWhitespace == false {
                isOurs = line.split(separator: " ").first.map(String.init) == output
            } else if isOurs, let value = line.firstRange(of: "Enabled:").map({ line[$0.upperBound...] }) {
                return value.trimmingCharacters(in: .whitespaces) == "yes"
            }
        }
        return nil
    }
}
