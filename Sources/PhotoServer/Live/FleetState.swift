import DisplayChannel
import Foundation
import PhotoLibrary

/// Everything known about all displays, put together from the database, from what was published and from what the
/// displays report. Pure: its owner brings events and the time, and asks for views.
struct FleetState {
    private struct Member {
        var record: DisplayRecord {
            didSet { self.settings = Self.settings(of: self.record) }
        }
        /// The settings object as people see it, read once for each record.
        private(set) var settings: [String: JSONValue]
        var status: DisplayStatus?
        var publication: Liveness.Publication?
        /// From publishing the newest change to the first report that it is in effect.
        var arrival: Duration?
        var offlineSince: Date?
        var thumbnail: (name: String, address: String)?
        /// When `status` came.
        var heardAt: Date?

        init(record: DisplayRecord, status: DisplayStatus?) {
            self.record = record
            self.settings = Self.settings(of: record)
            self.status = status
            self.offlineSince = record.lastSeenAt
        }

        func liveness(isStoreHeard: Bool, now: Date) -> Liveness {
            // Nothing in the older system reports.
            if self.record.kind == .legacy { return .unknown }
            return Liveness.judge(
                status: self.status, wasSeen: self.offlineSince != nil, isStoreHeard: isStoreHeard,
                publication: self.publication, now: now)
        }

        private static func settings(of record: DisplayRecord) -> [String: JSONValue] {
            DesiredState.settings(of: record).members
        }

        /// Takes the time at which the newest change is first reported to be in effect.
        mutating func noteArrival(_ status: DisplayStatus, at time: Date) {
            guard let publication, publication.isNew, self.arrival == nil,
                status.appliedRevision >= publication.revision
            else { return }
            self.arrival = .seconds(max(0, time.timeIntervalSince(publication.at)))
        }
    }

    private var members: [String: Member] = [:]
    /// Whether the displays' reports were read since the start; before that, silence means nothing.
    var isStoreHeard = false
    /// Statuses of displays whose records are not read yet.
    private var strangers: [String: DisplayStatus] = [:]

    /// Takes a record as the database has it now; nil when the display is gone.
    mutating func set(_ record: DisplayRecord?, id: String) {
        guard let record else {
            self.members[id] = nil
            return
        }
        if self.members[id] != nil {
            self.members[id]?.record = record
        } else {
            self.members[id] = Member(record: record, status: self.strangers.removeValue(forKey: id))
        }
    }

    /// Takes what a display reports; nil when its lease is gone.
    mutating func set(_ status: DisplayStatus?, id: String, now: Date) {
        guard var member = self.members[id] else {
            // Bounded by what the mediator holds under /status/; a key without a display is nobody's card.
            self.strangers[id] = status
            return
        }
        if status == nil, member.status != nil { member.offlineSince = now }
        if let status {
            member.offlineSince = now
            member.noteArrival(status, at: now)
            member.heardAt = now
        }
        member.status = status
        self.members[id] = member
    }

    /// Takes the newest revision of a display's state in the mediator.
    mutating func set(_ published: Publisher.Published, now: Date) {
        guard var member = self.members[published.display], member.publication?.revision != published.revision else {
            return
        }
        let publication = Liveness.Publication(
            revision: published.revision, at: published.putAt ?? now, isNew: published.putAt != nil)
        member.publication = publication
        member.arrival = nil
        // The report can be here before the answer to the put that caused it.
        if let status = member.status, let heardAt = member.heardAt {
            member.noteArrival(status, at: heardAt)
        }
        self.members[published.display] = member
    }

    mutating func setThumbnail(_ address: String, name: String, id: String) {
        self.members[id]?.thumbnail = (name, address)
    }

    /// The photo that a display shows and whose thumbnail is not known yet.
    func unknownPhoto(of id: String) -> String? {
        guard let member = self.members[id], let name = member.status?.showing, member.thumbnail?.name != name else {
            return nil
        }
        return name
    }

    /// The resolution that a display reports, where the database has another one.
    func newResolution(of id: String) -> DisplayStatus.Resolution? {
        guard let member = self.members[id], let resolution = member.status?.resolution,
            (16...16_384).contains(resolution.width), (16...16_384).contains(resolution.height),
            resolution.width != member.record.width || resolution.height != member.record.height
        else { return nil }
        return resolution
    }

    var ids: [String] { Array(self.members.keys) }

    /// The part of a display's look that changes by time alone.
    func livenessText(of id: String, now: Date) -> String? {
        guard let member = self.members[id] else { return nil }
        return member.liveness(isStoreHeard: self.isStoreHeard, now: now).text(since: member.offlineSince, now: now)
    }

    /// How a display looks at this moment.
    func view(of id: String, now: Date) -> DisplayView? {
        guard let member = self.members[id] else { return nil }
        let showing = member.status?.showing
        let liveness = member.liveness(isStoreHeard: self.isStoreHeard, now: now)
        return DisplayView(
            record: member.record, settings: member.settings, status: member.status, liveness: liveness,
            livenessText: liveness.text(since: member.offlineSince, now: now), publication: member.publication,
            arrival: member.arrival, thumbnail: member.thumbnail.flatMap { $0.name == showing ? $0.address : nil })
    }
}
