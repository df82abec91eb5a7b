import DisplayChannel
import Foundation

/// How a display is, told from what it reports and from what it should have heard. Pure.
enum Liveness: String, Sendable, Encodable, CaseIterable {
    /// The store was not heard yet, so nobody knows.
    case unknown
    /// Never heard of since it was admitted.
    case new
    /// Its lease is gone.
    case offline
    /// Alive, and up to date or about to be.
    case online
    /// It has heard of the newest state and is still getting its photos.
    case fetching
    /// Alive, but it has not heard what was published more than ten seconds ago.
    case deaf
    /// It meant to change its photo and presented no frame.
    case frozen
    /// The screen is off on purpose.
    case dark

    /// What was published for a display.
    struct Publication: Sendable, Equatable {
        var revision: Int64
        var at: Date
        /// Whether it was put at that time; one that was found by comparing is of unknown age.
        var isNew = true
    }

    /// How long a display may take to hear of a change.
    static let hearing: TimeInterval = 10
    /// How long after its own due time a display may take to present.
    static let presenting: TimeInterval = 30

    /// - Parameters:
    ///   - status: What it reports now; nil when its lease is gone.
    ///   - wasSeen: Whether it ever reported.
    ///   - isStoreHeard: Whether the displays' reports were read since this server started.
    static func judge(
        status: DisplayStatus?, wasSeen: Bool, isStoreHeard: Bool = true, publication: Publication?, now: Date
    ) -> Liveness {
        guard let status else { return !isStoreHeard ? .unknown : wasSeen ? .offline : .new }
        if let publication, status.receivedRevision < publication.revision,
            now.timeIntervalSince(publication.at) > Self.hearing
        {
            return .deaf
        }
        if status.power != .on { return .dark }
        if let due = status.nextDue, now.timeIntervalSince1970 > due + Self.presenting,
            (status.lastPresented ?? 0) < due
        {
            return .frozen
        }
        if let publication, status.receivedRevision >= publication.revision,
            status.appliedRevision < publication.revision
        {
            return .fetching
        }
        return .online
    }

    /// In words, for people.
    func text(since: Date?, now: Date) -> String {
        switch self {
        case .unknown: "Not known yet"
        case .new: "Not seen yet"
        case .offline: since.map { "Offline for \(Self.span(now.timeIntervalSince($0)))" } ?? "Offline"
        case .online: "Online"
        case .fetching: "Getting photos"
        case .deaf: "Not listening"
        case .frozen: "Frozen"
        case .dark: "Screen off"
        }
    }

    /// A length of time as people say it: the largest unit only.
    static func span(_ seconds: TimeInterval) -> String {
        let units: [(TimeInterval, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        for (length, name) in units where seconds >= length {
            let count = Int(seconds / length)
            return "\(count) \(name)\(count == 1 ? "" : "s")"
        }
        return "a moment"
    }
}
