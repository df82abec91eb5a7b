import Hummingbird
import PhotoLibrary

/// The members of a listing's query as a filter. The same names stand in the addresses of pages, so that a search can
/// be kept as a bookmark.
enum PhotoQuery {
    static func filter(_ query: Parameters) throws -> PhotoFilter {
        var rules: [PhotoRule] = []
        func add(_ field: PhotoRule.Field, _ comparison: PhotoRule.Comparison, _ name: String) throws {
            guard var value = query[name[...]].map(String.init), !value.isEmpty else { return }
            guard value.count <= RequestLimits.nameCharacters else {
                throw Problem.badRequest(
                    "The query member \"\(name)\" is longer than \(RequestLimits.nameCharacters) characters.")
            }
            // While somebody types, a field may hold nothing that can be looked for yet.
            if field == .text {
                value = Self.searchable(value)
                if value.isEmpty { return }
            }
            rules.append(.test(.init(field, comparison, value)))
        }
        try add(.text, .contains, "text")
        try add(.orientation, .equals, "orientation")
        try add(.keyword, .equals, "keyword")
        try add(.taken, .onOrAfter, "from")
        try add(.taken, .onOrBefore, "to")
        try add(.camera, .equals, "camera")
        try add(.rating, .onOrAfter, "rating")
        try add(.favourite, .equals, "favourite")
        try add(.shown, .equals, "shown")
        let shelf = query["shelf"].map(String.init) ?? ""
        guard shelf.isEmpty || PhotoFilter.Shelf(rawValue: shelf) != nil else {
            throw Problem.badRequest("The query member \"shelf\" is library, hidden or bin.")
        }
        return PhotoFilter(
            shelf: PhotoFilter.Shelf(rawValue: shelf) ?? .library, album: try PhotosController.album(query["album"]),
            rule: .all(rules))
    }

    /// The words that can be looked for. One letter of ours is the beginning of half the library: until the second is
    /// typed the list stays as it is. One of Chinese is a word.
    private static func searchable(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace)
            .filter { word in
                word.contains { $0.isLetter || $0.isNumber } && (word.count > 1 || word.first?.isASCII == false)
            }
            .joined(separator: " ")
    }
}
