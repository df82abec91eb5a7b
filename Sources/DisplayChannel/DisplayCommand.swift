import Foundation

/// Something a display does once, when told.
package enum DisplayCommand: Hashable, Sendable {
    package enum Direction: String, Sendable, Codable { case forward, back }

    case changePhoto(Direction)
    /// Show the photo of this name now.
    case show(photo: String)
    case pause(Bool)
    /// Show the display's name in large letters for so many seconds, 1 to 300.
    case identify(seconds: Int)
    /// Send a picture of what is on the screen now to the server, under this request id.
    case currentDisplay(request: String)
    case restartScreen
    case reboot

    package var topic: Topic {
        switch self {
        case .changePhoto: .changePhoto
        case .show: .show
        case .pause: .pause
        case .identify: .identify
        case .currentDisplay: .currentDisplay
        case .restartScreen: .restartScreen
        case .reboot: .reboot
        }
    }

    /// The value as it goes into the mediator.
    package var json: [UInt8] {
        let value: JSONValue =
            switch self {
            case .changePhoto(let direction): .string(direction.rawValue)
            case .show(let photo): .string(photo)
            case .pause(let paused): .bool(paused)
            case .identify(let seconds): .number(Double(seconds))
            case .currentDisplay(let request): .string(request)
            case .restartScreen, .reboot: .string("now")
            }
        return value.json
    }

    /// Reads a command topic's value; nil when the topic is state or the value says nothing a display can do.
    package init?(topic: Topic, json: [UInt8]) {
        guard let value = JSONValue(json) else { return nil }
        switch topic {
        case .changePhoto:
            guard let direction = value.text.flatMap(Direction.init(rawValue:)) else { return nil }
            self = .changePhoto(direction)
        case .show:
            guard let photo = value.text, !photo.isEmpty else { return nil }
            self = .show(photo: photo)
        case .pause:
            guard let paused = value.truth else { return nil }
            self = .pause(paused)
        case .identify:
            guard let seconds = value.double, seconds >= 1, seconds <= 300 else { return nil }
            self = .identify(seconds: Int(seconds))
        case .currentDisplay:
            guard let request = value.text, Self.isRequestID(request) else { return nil }
            self = .currentDisplay(request: request)
        case .restartScreen:
            guard value.text == "now" else { return nil }
            self = .restartScreen
        case .reboot:
            guard value.text == "now" else { return nil }
            self = .reboot
        case .settings, .images, .playlist, .powerState:
            return nil
        }
    }

    /// A request id becomes part of a URL path: 1 to 64 letters, digits and `-`.
    package static func isRequestID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.isASCII && ($0 == "-" || CharacterSet.alphanumerics.contains($0)) }
    }
}
