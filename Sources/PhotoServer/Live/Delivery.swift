import DisplayChannel
import Foundation

/// Where the newest change of a display is on its way from the page to the screen. Pure.
struct Delivery: Sendable, Equatable {
    enum State: String, Sendable, Encodable {
        /// In the database; the mediator does not have it yet.
        case waiting
        /// In the mediator; the display has not reported it.
        case sent
        /// In effect on the screen.
        case applied
        /// Nothing known: the display is away, or was never given anything.
        case unknown
    }

    /// What is known of what was published.
    struct Facts: Sendable {
        var publication: Liveness.Publication?
        /// Changes that were published and are not in effect.
        var behind = 0
        /// Time from publishing to the display's report, if this server saw both.
        var arrival: Duration?
    }

    let state: State
    let text: String

    /// - Parameter waiting: Changes that the mediator does not have yet.
    init(waiting: Int64, facts: Facts, status: DisplayStatus?) {
        guard waiting == 0 else {
            self.state = .waiting
            self.text = waiting == 1 ? "waiting to be sent" : "\(waiting) changes waiting to be sent"
            return
        }
        guard let publication = facts.publication, status != nil || facts.behind > 1 else {
            self.state = .unknown
            self.text = ""
            return
        }
        if let status, status.appliedRevision >= publication.revision {
            self.state = .applied
            self.text = facts.arrival.map { "arrived after \(Self.text($0))" } ?? "up to date"
        } else {
            self.state = .sent
            self.text = facts.behind > 1 ? "\(facts.behind) changes behind" : "on its way"
        }
    }

    /// Milliseconds below a second, seconds above.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 1000 ? "\(Int(milliseconds.rounded())) ms" : String(format: "%.1f s", milliseconds / 1000)
    }
}
