import Foundation
import HTTPTypes

/// What may be chosen as a name and as a password.
enum PasswordRules {
    /// Fewest characters of a password; length is what counts (NIST SP 800-63B, section 5.1.1).
    static let shortest = 10
    /// Most characters, so that hashing stays cheap for what anybody types.
    static let longest = 200

    /// The worst of those that are long enough: what stands at the top of every list of guesses. Compared without
    /// regard to case, with digits and signs at the end taken away.
    private static let worst: Set<String> = [
        "password", "passwordpassword", "qwertyuiop", "qwertyuiopasdf", "asdfghjkl", "zxcvbnm", "iloveyou",
        "letmeinletmein", "administrator", "photoframe", "pictureframe", "photoserver", "changeme", "changemenow",
        "welcomewelcome", "correcthorsebatterystaple", "abcdefghij", "abcdefghijkl", "sunshinesunshine", "p@ssw0rd",
        "passw0rd", "footballfootball", "superman", "trustno", "whatever", "vitrine", "vitrinevitrine",
    ]

    /// - Throws: A ``Problem`` for a name that is empty, too long, or has characters that nobody can see.
    static func checkedName(_ name: String) throws -> String {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...64).contains(name.count), !name.unicodeScalars.contains(where: { $0.properties.isNonPrinting })
        else {
            throw Problem(.unprocessableContent, "name-invalid", "A name has 1 to 64 characters.")
        }
        return name
    }

    /// - Throws: A ``Problem`` for a password that is too short, too long, or one of the first that anybody would try.
    static func check(_ password: String, of name: String) throws {
        guard password.count >= Self.shortest else {
            throw Problem(
                .unprocessableContent, "password-too-short", "A password has at least \(Self.shortest) characters.",
                remedy: Self.advice)
        }
        guard password.count <= Self.longest else {
            throw Problem(
                .unprocessableContent, "password-too-long", "A password has at most \(Self.longest) characters.")
        }
        let isName = password.lowercased().contains(name.lowercased()) && password.count < name.count + 6
        guard Set(password).count > 4, !isName, !Self.isAmongTheWorst(password) else {
            throw Problem(
                .unprocessableContent, "password-too-simple", "That password is too easy to guess.",
                remedy: Self.advice)
        }
    }

    private static let advice = "Four or five words in a row are easy to remember and hard to guess."

    private static func isAmongTheWorst(_ password: String) -> Bool {
        let text = password.lowercased()
        let bare = String(text.reversed().drop { !$0.isLetter }.reversed())
        return Self.worst.contains(text) || Self.worst.contains(bare) || Self.isRow(text)
    }

    /// `1234567890`, `abcdefghij` and the like: each character follows the one before.
    private static func isRow(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int($0.value) }
        let steps = zip(values, values.dropFirst()).map { $1 - $0 }
        return steps.count(where: { abs($0) <= 1 }) >= steps.count - 1
    }
}

extension Unicode.Scalar.Properties {
    /// Control, format and surrogate characters: nothing a person would see in a name.
    fileprivate var isNonPrinting: Bool {
        switch self.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
