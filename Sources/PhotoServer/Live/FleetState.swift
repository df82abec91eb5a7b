import DisplayChannel
import Foundation
import PhotoLibrary

/// Everything known about all displays, put together from the database, from what was published and from what the
/// displays report. Pure: its owner brings events and the time, and asks for views.
struct FleetState {
    private struct Member {
        var record: DisplayRecord
        var status: DisplayStatus?
        var publication: Liveness.Publication?
        /// From publishing the newest change to the first report that it is in effect.
        var arrival: Duration?
        var offlineSince: Date?
        var thumbnail: (name: String, address: String)?
    }

    private var members: [String: Member] = [:]
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
            self.members[id] = Member(
                record: record, status: self.strangers.removeValue(forKey: id), offlineSince: record.lastSeenAt)
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
            if let publication = member.publication, member.arrival == nil,
                status.appliedRevision >= publication.revision
            {
                member.arrival = .seconds(max(0, now.timeIntervalSince(publication.at)))
            }
        }
        member.status = status
        self.members[id] = member
    }

    /// Takes the newest revision of a display's state in the mediator.
    ///
    /// - Parameter isNew: Whether it was put just now; one found by comparing is of unknown age.
    mutating func published(_ id: String, revision: Int64, isNew: Bool, now: Date) {
        guard var member = self.members[id], member.publication?.revision != revision else { return }
        member.publication = Liveness.Publication(revision: revision, at: now)
        let isApplied = (member.status?.appliedRevision ?? 0) >= revision
        // The report can be here before the answer to the put that caused it.
        member.arrival = isNew && isApplied ? .zero : nil
        self.members[id] = member
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
        guard let member = self.members[id], member.record.state == .approved,
            let resolution = member.status?.resolution,
            (16...16_384).contains(resolution.width), (16...16_384).contains(resolution.height),
            resolution.width != member.record.width || resolution.height != member.record.height
        else { return nil }
        return resolution
    }

    var ids: [String] { Array(self.members.keys) }

    /// How a display looks at this moment.
    func view(of id: String, now: Date) -> DisplayView? {
        guard let member = self.members[id] else { return nil }
        let showing = member.status?.showing
        return DisplayView(
            record: member.record, status: member.status, publication: member.publication, arrival: member.arrival,
            thumbnail: member.thumbnail.flatMap { $0.name == showing ? $0.address : nil },
            offlineSince: member.offlineSince, now: now)
    }
}
