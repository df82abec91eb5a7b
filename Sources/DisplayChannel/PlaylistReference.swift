/// The value of `playlist`: the address of the playlist document.
package struct PlaylistReference: Hashable, Sendable, Codable {
    /// Lowercase hex SHA-256 of the document's bytes.
    package let sha256: String
    /// How many photos the document lists.
    package let count: Int

    package init(sha256: String, count: Int) {
        self.sha256 = sha256
        self.count = count
    }

    /// Nil unless `json` is an object with a 64-digit lowercase hex `sha256` and a count that is not negative.
    package init?(json: [UInt8]) {
        guard let members = JSONValue(json)?.object,
            let sha256 = members["sha256"]?.text, Self.isDigest(sha256),
            let count = members["count"]?.double.flatMap(Int.init(exactly:)), count >= 0
        else { return nil }
        self.init(sha256: sha256, count: count)
    }

    package var json: [UInt8] {
        JSONValue.object(["sha256": .string(self.sha256), "count": .number(Double(self.count))]).json
    }

    package static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
