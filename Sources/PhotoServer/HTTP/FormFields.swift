import Foundation

/// `application/x-www-form-urlencoded`, as browsers send a plain form (WHATWG URL standard, section 5.1).
enum FormFields {
    /// The first value of each name.
    static func read(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0])
            if fields[name] == nil {
                fields[name] = parts.count == 2 ? Self.decode(parts[1]) : ""
            }
        }
        return fields
    }

    private static func decode(_ text: Substring) -> String {
        let spaced = text.replacingOccurrences(of: "+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }
}
