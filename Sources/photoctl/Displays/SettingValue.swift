import CommandLineSupport
import PhotoAPI
import Foundation

/// Settings on a command line: `interval_time=20`, `transition=cut`, `caption=title,date`.
enum SettingValue {
    /// - Returns: Name and value, as they were typed.
    /// - Throws: ``CommandFailure`` where there is no `=`.
    static func parts(_ text: String) throws -> (name: String, value: String) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw CommandFailure(
                .usage, "\(TerminalText.escaped(text)) is no setting", remedy: "Write each as name=value.")
        }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    /// What was typed, of the type that the setting has now; the server says what is not allowed.
    static func json(_ text: String, like present: JSON?) -> JSON {
        switch present {
        case .string: return .string(text)
        case .bool:
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: return .string(text)
            }
        case .array(let elements):
            if text.hasPrefix("["), let json = try? JSON(data: Data(text.utf8)) { return json }
            // Lists of words may be typed as such; lists of objects are JSON.
            return elements.allSatisfy { $0.text != nil } ? .array(Comma.list(text).map { .string($0) }) : .string(text)
        default:
            return (try? JSON(data: Data(text.utf8))) ?? .string(text)
        }
    }

    /// For people: what ``json(_:like:)`` would read.
    static func text(_ value: JSON) -> String {
        switch value {
        case .string(let text): return text.isEmpty ? "\"\"" : text
        case .bool(let isOn): return isOn ? "on" : "off"
        case .array(let elements) where !elements.isEmpty && elements.allSatisfy { $0.text != nil }:
            return elements.compactMap(\.text).joined(separator: ",")
        default: return (try? value.text(inLines: false)) ?? ""
        }
    }
}
