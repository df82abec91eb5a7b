import Crypto
import Renditions

/// What a display shows, in playing order, as the bytes it fetches. The same photos cut the same way give the same
/// bytes, so the hash is both its address and its version.
package struct PlaylistDocument: Hashable, Sendable {
    /// UTF-8 JSON: `{"photos":[{"album","date","height","name","rendition","title","width"}],"version":1}`.
    /// Members that are not known are left out; `date` lacks the offset where the camera did not know it.
    package let json: [UInt8]
    /// Of `json`, 64 lowercase hexadecimal digits.
    package let sha256: String
    /// The photos' names, in the same order.
    package let names: [String]
    /// The photos' renditions, in the same order.
    package let renditions: [RenditionID]

    package var count: Int { self.names.count }

    /// One photo as the document says it.
    struct Entry: Sendable {
        var name: String
        var rendition: RenditionID
        var width: Int
        var height: Int
        var title: String?
        var date: String?
        var album: String?
    }

    /// By hand, as a library's encoder takes a second for the 100,000 photos that this does in a tenth of it.
    init(_ entries: [Entry]) {
        var json: [UInt8] = []
        json.reserveCapacity(32 + entries.count * 200)
        json += #"{"photos":["#.utf8
        for (index, entry) in entries.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            entry.append(to: &json)
        }
        json += #"],"version":1}"#.utf8
        self.json = json
        self.sha256 = HexText.encode(SHA256.hash(data: json))
        self.names = entries.map(\.name)
        self.renditions = entries.map(\.rendition)
    }
}

extension PlaylistDocument.Entry {
    /// Members in the order of their names, as canonical JSON has them.
    fileprivate func append(to json: inout [UInt8]) {
        json.append(UInt8(ascii: "{"))
        if let album { Self.append("album", album, to: &json) }
        if let date { Self.append("date", date, to: &json) }
        json += "\"height\":\(self.height),".utf8
        Self.append("name", self.name, to: &json)
        Self.append("rendition", self.rendition.text, to: &json)
        if let title { Self.append("title", title, to: &json) }
        json += "\"width\":\(self.width)}".utf8
    }

    private static func append(_ member: StaticString, _ text: String, to json: inout [UInt8]) {
        json.append(UInt8(ascii: "\""))
        json.append(contentsOf: UnsafeBufferPointer(start: member.utf8Start, count: member.utf8CodeUnitCount))
        json += "\":\"".utf8
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                json.append(UInt8(ascii: "\\"))
                json.append(byte)
            case 0..<0x20:
                json += "\\u00\(byte < 0x10 ? "0" : "1")\(String(byte & 0xf, radix: 16))".utf8
            default:
                json.append(byte)
            }
        }
        json += "\",".utf8
    }
}
