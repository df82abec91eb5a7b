import Foundation

/// What the page of all displays shows. The cards are made by its script, from data that travel with the page: a thousand
/// of them would be megabytes of HTML.
struct WallPage: Sendable {
    /// JSON that may stand within a `script` element; the template must not escape it.
    let data: String
    /// What the mediator lacks in security, in sentences.
    let notices: [String]
    let serverURL: String

    /// `[id, name]`.
    private struct Named: Encodable {
        let id: Int64
        let name: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(self.id)
            try container.encode(self.name)
        }
    }

    /// - Parameter cards: See ``EventWriter/cards(cursor:)``.
    init(cards: String, notices: [String], albums: [AlbumView], groups: [GroupView], serverURL: String) throws {
        let albums = try Self.json(albums.map { Named(id: $0.id, name: $0.name) })
        let groups = try Self.json(groups.map { Named(id: $0.id, name: $0.name) })
        // Within a script element only "</script" and "<!--" mean anything; without "<" neither can stand there.
        self.data = #"{"albums":\#(albums),"groups":\#(groups),"wall":\#(cards)}"#.replacing("<", with: #"\u003c"#)
        self.notices = notices
        self.serverURL = serverURL
    }

    private static func json(_ names: [Named]) throws -> String {
        String(decoding: try JSONEncoder.api.encode(names), as: UTF8.self)
    }
}
