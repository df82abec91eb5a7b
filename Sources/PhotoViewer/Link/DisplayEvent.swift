import DisplayChannel
import Foundation

/// What `GET /api/v1/display/events` says: all keys of the display, or those that one revision changed.
struct DisplayEvent: Hashable, Sendable {
    enum Kind: String, Sendable { case snapshot, changes }

    private struct Body: Decodable {
        struct Entry: Decodable {
            var revision: Int64
            var value: String
        }
        var revision: Int64
        var topics: [String: Entry]
    }

    var kind: Kind
    var cluster: UInt64
    var revision: Int64
    var changes: [ChannelInterpreter.Change]

    /// Nil for an event of another kind.
    ///
    /// - Throws: ``ViewerError`` with code `unintelligible`.
    init?(_ event: ServerSentEvent) throws(ViewerError) {
        guard let kind = Kind(rawValue: event.name) else { return nil }
        guard let id = event.id, let (cluster, _) = Self.parse(id: id),
            let body = try? JSONDecoder().decode(Body.self, from: Data(event.data.utf8))
        else { throw ViewerError(.unintelligible, "an event of the server makes no sense: \(event.data.prefix(100))") }
        self.kind = kind
        self.cluster = cluster
        self.revision = body.revision
        self.changes = body.topics.compactMap { name, entry in
            Topic(rawValue: name).map {
                ChannelInterpreter.Change(topic: $0, json: Array(entry.value.utf8), revision: entry.revision)
            }
        }
    }

    /// `<cluster in hexadecimal>:<revision>`
    static func parse(id: String) -> (cluster: UInt64, revision: Int64)? {
        let parts = id.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let cluster = UInt64(parts[0], radix: 16), let revision = Int64(parts[1]) else {
            return nil
        }
        return (cluster, revision)
    }

    static func id(of memory: ChannelMemory) -> String? {
        memory.cluster.map { "\(String($0, radix: 16)):\(memory.revision)" }
    }
}
