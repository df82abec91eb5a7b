import DisplayChannel
import Foundation

/// What became of the newest command that people gave a display. Pure.
struct CommandProgress: Sendable, Equatable {
    enum State: String, Sendable, Encodable {
        /// In the mediator; the display has not reported it.
        case sent
        case done, skipped, failed
        /// Nothing was heard of it in time. It may still be.
        case unanswered
    }

    /// How long a display may take before people are told that it did not answer.
    static let patience: Duration = .seconds(10)

    let topic: Topic
    /// The command's id.
    let revision: Int64
    let sentAt: Date
    private(set) var state = State.sent
    private(set) var reason: String?
    /// From the click to the display's report.
    private(set) var after: Duration?

    init(topic: Topic, revision: Int64, sentAt: Date) {
        self.topic = topic
        self.revision = revision
        self.sentAt = sentAt
    }

    /// Takes a report, if it is in the status.
    mutating func take(_ status: DisplayStatus, at time: Date) {
        guard self.isOpen, let report = status.commands.last(where: { $0.revision == self.revision }) else { return }
        switch report.result {
        case .done: self.state = .done
        case .skipped: self.state = .skipped
        case .failed: self.state = .failed
        }
        self.reason = report.reason
        self.after = .seconds(max(0, time.timeIntervalSince(self.sentAt)))
    }

    /// Takes note that time has passed.
    mutating func judge(at time: Date) {
        if self.state == .sent, time.timeIntervalSince(self.sentAt) > Self.patience / .seconds(1) {
            self.state = .unanswered
        }
    }

    private var isOpen: Bool { self.state == .sent || self.state == .unanswered }

    /// In words, for people.
    var text: String {
        let name = self.topic.rawValue.replacingOccurrences(of: "_", with: " ")
        switch self.state {
        case .sent: return "\(name): sent"
        case .done: return "\(name): done" + (self.after.map { " after \(Delivery.text($0))" } ?? "")
        case .skipped: return "\(name): not done" + (self.reason.map { ", \($0)" } ?? "")
        case .failed: return "\(name): failed" + (self.reason.map { ", \($0)" } ?? "")
        case .unanswered: return "\(name): not answered in \(Int(Self.patience / .seconds(1))) s"
        }
    }
}
