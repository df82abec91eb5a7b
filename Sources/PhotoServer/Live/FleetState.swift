import DisplayChannel
import Foundation
import PhotoLibrary

/// How long displays took to say that a change is in effect, and an order done.
struct Acknowledgements: Equatable, Sendable {
    var changes = TimeHistogram()
    var orders = TimeHistogram()
}

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
        /// Revisions that were put and are not known to be in effect, oldest first.
        var outstanding: [Int64] = []
        /// From publishing the newest change to the first report that it is in effect.
        var arrival: Duration?
        var offlineSince: Date?
        var photo: ShownPhoto?
        var command: CommandProgress?
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

        /// - Returns: How long the change took, if it is in effect already.
        mutating func publish(_ publication: Liveness.Publication) -> Duration? {
            if !publication.isNew {
                // Found by comparing: what came before it cannot be counted.
                self.outstanding = []
            }
            if let earlier = self.publication, earlier.revision > publication.revision {
                // The store was set back. What the display has reported is of the history that is gone.
                self.outstanding = []
                self.status?.receivedRevision = 0
                self.status?.appliedRevision = 0
            }
            self.outstanding.append(publication.revision)
            self.outstanding.removeFirst(max(0, self.outstanding.count - FleetState.outstandingLimit))
            self.publication = publication
            self.arrival = nil
            // The report can be here before the answer to the put that caused it.
            if let status, let heardAt { return self.settle(status, at: heardAt) }
            return nil
        }

        /// - Returns: How long the newest change took and how long the newest order, if this is the first that is heard of
        ///   it.
        mutating func report(_ status: DisplayStatus, at time: Date) -> (change: Duration?, order: Duration?) {
            self.offlineSince = time
            let change = self.settle(status, at: time)
            let wasOpen = self.command?.after == nil
            self.command?.take(status, at: time)
            self.heardAt = time
            self.status = status
            return (change, wasOpen ? self.command?.after : nil)
        }

        /// Takes the time at which the newest change is first reported to be in effect.
        private mutating func settle(_ status: DisplayStatus, at time: Date) -> Duration? {
            self.outstanding.removeAll { $0 <= status.appliedRevision }
            guard let publication, publication.isNew, self.arrival == nil,
                status.appliedRevision >= publication.revision
            else { return nil }
            self.arrival = .seconds(max(0, time.timeIntervalSince(publication.at)))
            return self.arrival
        }
    }

    /// Changes counted for a display that does not answer.
    private static let outstandingLimit = 999

    private var members: [String: Member] = [:]
    /// How long changes and orders took, since the start.
    private(set) var acknowledgements = Acknowledgements()
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
        guard self.members[id] != nil else {
            // Bounded by what the mediator holds under /status/; a key without a display is nobody's card.
            self.strangers[id] = status
            return
        }
        if let status {
            let times = self.members[id]?.report(status, at: now)
            if let change = times?.change { self.acknowledgements.changes.note(change / .seconds(1)) }
            if let order = times?.order { self.acknowledgements.orders.note(order / .seconds(1)) }
        } else {
            if self.members[id]?.status != nil { self.members[id]?.offlineSince = now }
            self.members[id]?.status = nil
        }
    }

    /// Takes the newest revision of a display's state in the mediator.
    mutating func set(_ published: Publisher.Published, now: Date) {
        guard self.members[published.display]?.publication?.revision != published.revision else { return }
        let time = self.members[published.display]?.publish(
            Liveness.Publication(
                revision: published.revision, at: published.putAt ?? now, isNew: published.putAt != nil))
        if let time = time ?? nil { self.acknowledgements.changes.note(time / .seconds(1)) }
    }

    /// Takes a command that was put for a display.
    mutating func set(_ command: CommandProgress, id: String, now: Date) {
        // Two people at once: the later command is the one that is shown.
        guard (self.members[id]?.command?.revision ?? 0) < command.revision else { return }
        var command = command
        // The report can be here before the answer to the put that caused it.
        if let member = self.members[id], let status = member.status {
            command.take(status, at: member.heardAt ?? now)
            if let after = command.after { self.acknowledgements.orders.note(after / .seconds(1)) }
        }
        self.members[id]?.command = command
    }

    mutating func setPhoto(_ photo: ShownPhoto?, id: String) {
        self.members[id]?.photo = photo
    }

    /// The photo that a display shows and that was not looked up yet.
    func unknownPhoto(of id: String) -> String? {
        guard let member = self.members[id], let name = member.status?.showing, member.photo?.name != name else {
            return nil
        }
        return name
    }

    /// What all displays show, by name of the photo.
    var shown: [String: [String]] {
        self.members.reduce(into: [:]) { shown, member in
            if let name = member.value.status?.showing { shown[name, default: []].append(member.key) }
        }
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

    func isPresent(_ id: String) -> Bool { self.members[id]?.status != nil }

    /// Lets time pass, and names the displays that look different for that reason alone, compared with `told`.
    mutating func judge(now: Date, told: (String) -> DisplayView?) -> [String] {
        var changed: [String] = []
        for id in self.members.keys {
            self.members[id]?.command?.judge(at: now)
            guard let member = self.members[id], let view = told(id) else { continue }
            let text = member.liveness(isStoreHeard: self.isStoreHeard, now: now)
                .text(since: member.offlineSince, now: now)
            if text != view.livenessText || member.command?.state != view.command?.state { changed.append(id) }
        }
        return changed
    }

    /// How a display looks at this moment.
    func view(of id: String, now: Date) -> DisplayView? {
        guard let member = self.members[id] else { return nil }
        let liveness = member.liveness(isStoreHeard: self.isStoreHeard, now: now)
        let showing = member.status?.showing
        return DisplayView(
            record: member.record, settings: member.settings, status: member.status,
            live: .init(
                liveness: liveness, text: liveness.text(since: member.offlineSince, now: now),
                since: member.offlineSince),
            delivery: .init(
                publication: member.publication, behind: member.outstanding.count, arrival: member.arrival),
            photo: member.photo.flatMap { $0.name == showing ? $0 : nil }, command: member.command)
    }
}

/// A photo on a screen, as far as pages need it.
struct ShownPhoto: Encodable, Sendable, Equatable {
    let id: Int64
    /// Part of the address of its thumbnail, so that browsers may keep each for ever.
    let version: String
    let name: String
}

extension ShownPhoto {
    init(_ photo: Photo) {
        self.init(id: photo.id.rawValue, version: PhotoView.version(photo), name: photo.name)
    }
}
