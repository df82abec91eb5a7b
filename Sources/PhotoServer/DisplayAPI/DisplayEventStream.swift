import DisplayChannel
import EtcdClient
import Foundation

/// A place in a store's history, as the id of a server-sent event: `cluster:revision`, the cluster in hexadecimal.
struct DisplayEventID: Sendable, Equatable, CustomStringConvertible {
    let cluster: UInt64
    let revision: Int64

    init(cluster: UInt64, revision: Int64) {
        self.cluster = cluster
        self.revision = revision
    }

    /// Nil for anything that this server did not write.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let cluster = UInt64(parts[0], radix: 16), let revision = Int64(parts[1]), revision > 0
        else { return nil }
        self.init(cluster: cluster, revision: revision)
    }

    var description: String { "\(String(self.cluster, radix: 16)):\(self.revision)" }
}

/// One display's topics as server-sent events.
///
/// It begins with `snapshot`: the keys as they are, or only those newer than what the display says it has. `changes`
/// follow, one event for each whole revision. A range read and a watch that resumes come to the same here: state is
/// applied whenever it is seen, and a command that was replaced or has expired must not run.
struct DisplayEventStream: Sendable {
    let display: DisplayID
    let client: EtcdClient
    let mailbox: DisplayMailbox
    let turns: ReadingTurns
    /// The last event that the display had, or that it was sent here.
    private(set) var last: DisplayEventID?

    init(
        display: DisplayID, client: EtcdClient, mailbox: DisplayMailbox, turns: ReadingTurns, last: DisplayEventID?
    ) {
        self.display = display
        self.client = client
        self.mailbox = mailbox
        self.turns = turns
        self.last = last
    }

    /// The keys as they are now, as an event's text. Changes that the mailbox holds already are told by it.
    ///
    /// - Throws: `EtcdError`.
    mutating func snapshot() async throws -> String {
        let range = try await self.turns.take { [client, display] in
            try await client.range(DisplayKey.topics(of: display))
        }
        let now = DisplayEventID(cluster: range.clusterID.rawValue, revision: range.revision.rawValue)
        var changes = range.keyValues.compactMap { pair in
            DisplayKey.parse(pair.key).map {
                TopicChange(topic: $0.topic, revision: pair.modRevision.rawValue, value: pair.value.bytes)
            }
        }
        // In another store, or one set back, numbers mean something else.
        if let last, last.cluster == now.cluster, last.revision <= now.revision {
            changes.removeAll { $0.revision <= last.revision }
        }
        self.last = now
        return try Self.event("snapshot", changes, id: now)
    }

    /// The changes that the snapshot does not have, each whole revision an event.
    mutating func events(_ changes: [TopicChange]) throws -> String {
        guard let last else { return "" }
        var text = ""
        var rest = changes.drop { $0.revision <= last.revision }
        while let first = rest.first {
            let group = rest.prefix { $0.revision == first.revision }
            rest = rest.dropFirst(group.count)
            let id = DisplayEventID(cluster: last.cluster, revision: first.revision)
            text += try Self.event("changes", Array(group), id: id)
            self.last = id
        }
        return text
    }

    private struct Data: Encodable {
        struct Entry: Encodable {
            let revision: Int64
            /// The key's value as text: JSON, as a rule, but a hand with `etcdctl` may have written anything.
            let value: String
        }
        let revision: Int64
        let topics: [String: Entry]
    }

    private static func event(_ name: String, _ changes: [TopicChange], id: DisplayEventID) throws -> String {
        let topics = Dictionary(
            changes.map {
                ($0.topic.rawValue, Data.Entry(revision: $0.revision, value: String(decoding: $0.value, as: UTF8.self)))
            }, uniquingKeysWith: { _, newer in newer })
        let json = try JSONEncoder.api.encode(Data(revision: id.revision, topics: topics))
        return "event: \(name)\nid: \(id)\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
    }
}
