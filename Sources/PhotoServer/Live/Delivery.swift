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

    let state: State
    let text: String

    /// - Parameter arrival: Time from publishing to the display's report, if this server saw both.
    init(
        isPublished: Bool, publication: Liveness.Publication?, status: DisplayStatus?, arrival: Duration?
    ) {
        guard isPublished else {
            self.state = .waiting
            self.text = "waiting to be sent"
            return
        }
        guard let status, let publication else {
            self.state = .unknown
            self.text = ""
            return
        }
        if status.appliedRevision >= publication.revision {
            self.state = .applied
            self.text = arrival.map { "arrived after \(Self.text($0))" } ?? "up to date"
        } else {
            self.state = .sent
            self.text = "on its way"
        }
    }

    /// Milliseconds below a second, seconds above.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 1000 ? "\(Int(milliseconds.rounded())) ms" : String(format: "%.1f s", milliseconds / 1000)
    }
}
