import Foundation

/// The file in which a server keeps a one-time token for displays on its own machine.
enum OneTimeToken {
    /// The token in `file`; nil while there is none.
    static func read(_ file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return token.isEmpty ? nil : token
    }
}
