/// Title, description, subjects, rating, lens and date of an XMP packet (XMP part 1; Dublin Core properties).
///
/// It looks for the elements by the names that all programs write, and resolves nothing: no document type, no entity
/// but the five of XML and character numbers. So there is nothing in it to expand or to fetch.
struct XMPBlock {
    private static let bytesMaximum = 1 << 20
    private let text: Substring.UTF8View

    init(_ block: [UInt8]) {
        self.text = Substring(String(decoding: block.prefix(Self.bytesMaximum), as: UTF8.self)).utf8
    }

    var title: String? { self.items(of: "dc:title").first.flatMap { MetadataText.clean($0) } }
    var caption: String? { self.items(of: "dc:description").first.flatMap { MetadataText.clean($0) } }
    var keywords: [String] { self.items(of: "dc:subject") }
    /// 0 through 5; -1, which means "rejected", reads as none.
    var rating: Int? {
        self.value(of: "xmp:Rating").flatMap { Double($0) }.flatMap { (0...5).contains($0) ? Int($0) : nil }
    }
    var lens: String? {
        (self.value(of: "aux:Lens") ?? self.value(of: "exifEX:LensModel")).flatMap {
            MetadataText.clean($0, longest: 100)
        }
    }
    /// When it was taken: ISO 8601, with an offset or without.
    var taken: PhotoDate? {
        for name in ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"] {
            guard let text = self.value(of: name) else { continue }
            let clock = text.count == 10 ? text + "T00:00:00" : text
            let zone = clock.dropFirst(19).drop { $0 == "." || $0.isNumber }
            if let date = PhotoDate(exif: clock, offset: zone.isEmpty ? nil : String(zone)) { return date }
        }
        return nil
    }

    /// A simple property, written as an attribute or as an element.
    private func value(of name: String) -> String? {
        for quote in ["\"", "'"] {
            guard
                let open = Self.range(of: " \(name)=\(quote)", in: self.text)
                    ?? Self.range(of: "\n\(name)=\(quote)", in: self.text)
            else { continue }
            let rest = self.text[open.upperBound...]
            guard let end = rest.prefix(MetadataText.longest).firstIndex(of: quote.utf8.first ?? 0) else { continue }
            return Self.unescape(rest[..<end])
        }
        return Self.element(name, in: self.text).map { Self.unescape($0.body) }
    }

    /// The texts of the list items inside the first element of that name.
    private func items(of name: String) -> [String] {
        guard let body = Self.element(name, in: self.text)?.body else { return [] }
        var items: [String] = []
        var rest = body
        while items.count < MetadataText.keywordsMaximum, let item = Self.element("rdf:li", in: rest) {
            items.append(Self.unescape(item.body))
            rest = item.rest
        }
        return items
    }

    private static func element(
        _ name: String, in text: Substring.UTF8View
    ) -> (body: Substring.UTF8View, rest: Substring.UTF8View)? {
        var rest = text
        while let open = Self.range(of: "<\(name)", in: rest) {
            rest = rest[open.upperBound...]
            // `<dc:title` must not be found in `<dc:titles`.
            guard let next = rest.first, [UInt8(ascii: ">"), UInt8(ascii: " "), 0x0A, 0x0D, 0x09].contains(next),
                let tagEnd = rest.firstIndex(of: UInt8(ascii: ">"))
            else { continue }
            let isEmpty = tagEnd > rest.startIndex && rest[rest.index(before: tagEnd)] == UInt8(ascii: "/")
            rest = rest[rest.index(after: tagEnd)...]
            if isEmpty { continue }
            guard let close = Self.range(of: "</\(name)>", in: rest) else { return nil }
            return (rest[..<close.lowerBound], rest[close.upperBound...])
        }
        return nil
    }

    private static func range(of pattern: String, in text: Substring.UTF8View) -> Range<String.Index>? {
        let pattern = Array(pattern.utf8)
        var rest = text
        while let start = rest.firstIndex(of: pattern[0]) {
            if rest[start...].starts(with: pattern),
                let end = rest.index(start, offsetBy: pattern.count, limitedBy: rest.endIndex)
            {
                return start..<end
            }
            rest = rest[rest.index(after: start)...]
        }
        return nil
    }

    private static func unescape(_ text: Substring.UTF8View) -> String {
        let text = String(Substring(text))
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[rest.index(after: ampersand)...]
            guard let end = rest.prefix(10).firstIndex(of: ";"), let character = Self.character(rest[..<end]) else {
                result += "&"
                continue
            }
            result.append(character)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func character(_ name: Substring) -> Character? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = name.hasPrefix("#x")
            guard name.hasPrefix("#"),
                let number = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
            else { return nil }
            return Unicode.Scalar(number).map { Character($0) }
        }
    }
}
