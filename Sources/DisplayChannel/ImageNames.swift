/// The value of `images`: photo names in playing order, for older displays and for people who look with `etcdctl`.
package enum ImageNames {
    /// Past this the value is the empty array, and only the playlist document lists the photos.
    package static let byteLimit = 256 * 1024
    /// The limit for an older display, which has no other list.
    package static let legacyByteLimit = 1024 * 1024

    package static func json(_ names: [String], limit: Int = ImageNames.byteLimit) -> [UInt8] {
        let value = JSONValue.array(names.map(JSONValue.string)).json
        return value.count <= limit ? value : Array("[]".utf8)
    }

    /// Nil when `json` is not an array; members that are not texts are left out.
    package static func read(_ json: [UInt8]) -> [String]? {
        JSONValue(json)?.array?.compactMap(\.text)
    }
}
