import Foundation

/// Whether the screen is meant to be lit.
package enum PowerState: String, Sendable, Codable {
    case on, off

    /// Reads the mediator's value: `"on"`, `"off"`, or the older system's `"stop"`, which means off.
    package init?(json: [UInt8]) {
        switch JSONValue(json)?.text {
        case "on": self = .on
        case "off", "stop": self = .off
        default: return nil
        }
    }

    package var json: [UInt8] { Array("\"\(self.rawValue)\"".utf8) }
}
