/// One thing a display needs, and how it stands.
package struct Finding: Codable, Hashable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        case ok
        /// The display works, though not as well as it could.
        case warning
        /// Photos cannot be shown, or changes cannot arrive.
        case failure
    }

    /// What was looked at: `screen`, `server`, …
    package var area: String
    package var verdict: Verdict
    /// What was found.
    package var text: String
    /// What to do about it; nil when there is nothing to do.
    package var remedy: String?

    package init(_ area: String, _ verdict: Verdict, _ text: String, remedy: String? = nil) {
        self.area = area
        self.verdict = verdict
        self.text = text
        self.remedy = remedy
    }
}
