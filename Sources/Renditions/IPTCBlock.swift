/// Title, caption, keywords and date of an IPTC-IIM block (IIM 4.2, record 2), bare or inside Photoshop's resources.
struct IPTCBlock {
    private(set) var title: String?
    private(set) var caption: String?
    private(set) var keywords: [String] = []
    private var date = ""
    private var time = ""

    /// DateCreated `20240621` with TimeCreated `211405-0530` (IIM 4.2, datasets 2:55 and 2:60).
    var taken: PhotoDate? {
        let date = Array(self.date), time = Array(self.time.isEmpty ? "000000" : self.time)
        guard date.count == 8, time.count >= 6 else { return nil }
        let text =
            String(date[0..<4]) + ":" + String(date[4..<6]) + ":" + String(date[6..<8]) + " "
            + String(time[0..<2]) + ":" + String(time[2..<4]) + ":" + String(time[4..<6])
        let offset = time.count == 11 ? String(time[6..<9]) + ":" + String(time[9..<11]) : nil
        return PhotoDate(exif: text, offset: offset)
    }

    init(_ block: [UInt8]) {
        for (dataset, value) in Self.records(in: Self.body(of: block)) {
            let text = MetadataText.decode(value)
            switch dataset {
            case 5: self.title = self.title ?? MetadataText.clean(text)
            case 25: self.keywords.append(text)
            case 55: self.date = text
            case 60: self.time = text
            case 120: self.caption = self.caption ?? MetadataText.clean(text)
            default: continue
            }
        }
    }

    /// Photoshop keeps it as resource 0x0404 among others: `8BIM`, number, name, length, bytes.
    private static func body(of block: [UInt8]) -> ArraySlice<UInt8> {
        var rest = block[...]
        let header = Array("Photoshop 3.0\0".utf8)
        if rest.starts(with: header) { rest = rest.dropFirst(header.count) }
        let mark = Array("8BIM".utf8)
        guard rest.starts(with: mark) else { return rest }
        while rest.starts(with: mark), rest.count >= 12 {
            let start = rest.startIndex
            let number = Int(rest[start + 4]) << 8 | Int(rest[start + 5])
            // The name is a length byte and that many more, padded to an even number.
            let nameLength = (Int(rest[start + 6]) + 2) & ~1
            let lengthAt = start + 6 + nameLength
            guard lengthAt + 4 <= rest.endIndex else { return [] }
            let length = rest[lengthAt..<lengthAt + 4].reduce(0) { $0 << 8 | Int($1) }
            let bodyAt = lengthAt + 4
            guard length <= rest.endIndex - bodyAt else { return [] }
            if number == 0x0404 { return rest[bodyAt..<bodyAt + length] }
            rest = rest[min(bodyAt + (length + 1) & ~1, rest.endIndex)...]
        }
        return []
    }

    private static func records(in body: ArraySlice<UInt8>) -> [(dataset: UInt8, value: ArraySlice<UInt8>)] {
        var records: [(UInt8, ArraySlice<UInt8>)] = []
        var position = body.startIndex
        while position + 5 <= body.endIndex, body[position] == 0x1C, records.count < 1_000 {
            let (record, dataset) = (body[position + 1], body[position + 2])
            let length = Int(body[position + 3]) << 8 | Int(body[position + 4])
            // A length with its top bit set is an extended one: values over 32 KiB, none of ours.
            guard length < 0x8000, length <= body.endIndex - position - 5 else { break }
            if record == 2 { records.append((dataset, body[position + 5..<position + 5 + length])) }
            position += 5 + length
        }
        return records
    }
}
