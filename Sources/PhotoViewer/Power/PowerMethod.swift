import Foundation

/// A way to switch a screen off and on.
package protocol PowerMethod: Sendable {
    /// As people choose it with `--power` and read it in the status.
    var name: String { get }
    /// Whether it cuts the signal; one that does is enough. A command to the television itself goes besides.
    var cutsSignal: Bool { get }
    /// - Throws: ``ViewerError``: why it does not work here.
    func set(_ isOn: Bool) async throws(ViewerError)
    /// Whether the screen is on now; nil when it cannot be asked.
    func isOn() async -> Bool?
}

/// What `--power` may name.
package enum PowerChoice: String, CaseIterable, Sendable {
    case dpms, cec
    case wlrRandr = "wlr-randr"
    /// Painting black, which always works and saves no electricity on most screens.
    case black

    /// Reads `auto`, which is all of them in order, or a list such as `cec,black`; nil when there is an unknown word.
    package static func list(_ text: String) -> [PowerChoice]? {
        if text == "auto" { return Self.allCases }
        let words = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let choices = words.compactMap(PowerChoice.init(rawValue:))
        return choices.count == words.count && !choices.isEmpty ? choices : nil
    }
}
