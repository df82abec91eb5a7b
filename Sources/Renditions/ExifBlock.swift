/// The few EXIF tags that matter here, read from the block as it stands in the file (EXIF 2.32, a TIFF structure).
///
/// Reads IFD0 and the EXIF and GPS directories it points to, and follows nothing else: a file cannot send it in circles.
struct ExifBlock {
    private struct Entry {
        let type: UInt16
        let count: Int
        /// Where the value stands in the block.
        let offset: Int
    }

    private static let entriesMaximum = 512
    private static let typeSizes: [UInt16: Int] = [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8]

    private let bytes: [UInt8]
    private let isLittleEndian: Bool
    private var image: [UInt16: Entry] = [:]
    private var exif: [UInt16: Entry] = [:]
    private var gps: [UInt16: Entry] = [:]

    /// - Parameter block: With or without the six bytes `Exif\0\0` in front.
    /// - Returns: `nil` if it is none.
    init?(_ block: [UInt8]) {
        let prefix = Array("Exif\0\0".utf8)
        self.bytes = block.starts(with: prefix) ? Array(block.dropFirst(prefix.count)) : block
        if self.bytes.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
            self.isLittleEndian = true
        } else if self.bytes.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
            self.isLittleEndian = false
        } else {
            return nil
        }
        self.image = self.directory(at: self.word(at: 4))
        self.exif = self.directory(at: self.image[0x8769].flatMap { self.word(at: $0.offset) })
        self.gps = self.directory(at: self.image[0x8825].flatMap { self.word(at: $0.offset) })
    }

    /// DateTimeOriginal with OffsetTimeOriginal; where it is missing when it was digitised, or changed last.
    var taken: PhotoDate? {
        let offset = self.text(self.exif[0x9011]) ?? self.text(self.exif[0x9010])
        for entry in [self.exif[0x9003], self.exif[0x9004], self.image[0x0132]] {
            if let text = self.text(entry), let date = PhotoDate(exif: text, offset: offset) { return date }
        }
        return nil
    }

    /// Make and model; the make once where the model begins with it.
    var camera: String? {
        let make = self.text(self.image[0x010F]).flatMap { MetadataText.clean($0, longest: 60) }
        let model = self.text(self.image[0x0110]).flatMap { MetadataText.clean($0, longest: 60) }
        guard let make, let model else { return model ?? make }
        let brand = make.prefix { $0 != " " }.lowercased()
        return model.lowercased().hasPrefix(brand) ? model : "\(make) \(model)"
    }

    /// LensModel, with its maker where the model does not begin with it.
    var lens: String? {
        let make = self.text(self.exif[0xA433]).flatMap { MetadataText.clean($0, longest: 60) }
        let model = self.text(self.exif[0xA434]).flatMap { MetadataText.clean($0, longest: 100) }
        // Cameras without contacts to the lens write dashes or zeros.
        guard let model, model.contains(where: \.isLetter) else { return nil }
        guard let make, make.contains(where: \.isLetter) else { return model }
        let brand = make.prefix { $0 != " " }.lowercased()
        return model.lowercased().hasPrefix(brand) ? model : "\(make) \(model)"
    }

    /// The Rating tag, which Windows and several cameras write: 0 through 5.
    var rating: Int? { self.whole(self.image[0x4746]).flatMap { (0...5).contains($0) ? $0 : nil } }

    /// EXIF orientation 1 through 8.
    var orientation: Int? { self.whole(self.image[0x0112]).flatMap { (1...8).contains($0) ? $0 : nil } }

    /// ImageDescription, but for what cameras put there by themselves.
    var caption: String? {
        guard let text = self.text(self.image[0x010E]).flatMap({ MetadataText.clean($0) }) else { return nil }
        let written = [
            "OLYMPUS DIGITAL CAMERA", "SONY DSC", "MINOLTA DIGITAL CAMERA", "Exif_JPEG_PICTURE", "DIGITAL CAMERA",
        ]
        return written.contains(text) || text.hasPrefix("DCIM\\") ? nil : text
    }

    /// XPTitle, which Windows writes.
    var title: String? { self.wideText(self.image[0x9C9B]).flatMap { MetadataText.clean($0) } }

    /// XPKeywords, which Windows writes.
    var keywords: [String] {
        (self.wideText(self.image[0x9C9E]) ?? "").split(separator: ";").map(String.init)
    }

    var place: PhotoPlace? {
        guard let latitude = self.degrees(self.gps[0x0002], reference: self.text(self.gps[0x0001]), negative: "S"),
            let longitude = self.degrees(self.gps[0x0004], reference: self.text(self.gps[0x0003]), negative: "W"),
            abs(latitude) <= 90, abs(longitude) <= 180, latitude != 0 || longitude != 0
        else { return nil }
        return PhotoPlace(latitude: latitude, longitude: longitude)
    }

    // MARK: Structure

    private func directory(at offset: Int?) -> [UInt16: Entry] {
        guard let offset, let count = self.half(at: offset) else { return [:] }
        var entries: [UInt16: Entry] = [:]
        for index in 0..<min(Int(count), Self.entriesMaximum) {
            let start = offset + 2 + index * 12
            guard let tag = self.half(at: start), let type = self.half(at: start + 2),
                let count = self.word(at: start + 4), let size = Self.typeSizes[type],
                count <= self.bytes.count / size
            else { continue }
            let length = count * size
            guard let valueOffset = length <= 4 ? start + 8 : self.word(at: start + 8),
                valueOffset + length <= self.bytes.count
            else { continue }
            entries[tag] = Entry(type: type, count: count, offset: valueOffset)
        }
        return entries
    }

    private func half(at offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= self.bytes.count else { return nil }
        let (first, second) = (UInt16(self.bytes[offset]), UInt16(self.bytes[offset + 1]))
        return self.isLittleEndian ? second << 8 | first : first << 8 | second
    }

    private func word(at offset: Int) -> Int? {
        guard let first = self.half(at: offset), let second = self.half(at: offset + 2) else { return nil }
        return self.isLittleEndian ? Int(second) << 16 | Int(first) : Int(first) << 16 | Int(second)
    }

    private func text(_ entry: Entry?) -> String? {
        guard let entry, entry.type == 2 || entry.type == 7 else { return nil }
        let value = self.bytes[entry.offset..<entry.offset + entry.count].prefix { $0 != 0 }
        return value.isEmpty ? nil : MetadataText.decode(value)
    }

    private func whole(_ entry: Entry?) -> Int? {
        guard let entry, entry.count >= 1 else { return nil }
        switch entry.type {
        case 3: return self.half(at: entry.offset).map(Int.init)
        case 4: return self.word(at: entry.offset)
        default: return nil
        }
    }

    private func wideText(_ entry: Entry?) -> String? {
        guard let entry, entry.type == 1 || entry.type == 7 else { return nil }
        let units = stride(from: entry.offset, to: entry.offset + entry.count - 1, by: 2).map {
            UInt16(self.bytes[$0 + 1]) << 8 | UInt16(self.bytes[$0])
        }
        return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
    }

    private func degrees(_ entry: Entry?, reference: String?, negative: String) -> Double? {
        guard let entry, entry.type == 5, entry.count == 3 else { return nil }
        var result = 0.0
        for (index, unit) in [1.0, 60.0, 3600.0].enumerated() {
            let offset = entry.offset + index * 8
            guard let above = self.word(at: offset), let below = self.word(at: offset + 4) else { return nil }
            guard below != 0 || above == 0 else { return nil }
            result += below == 0 ? 0 : Double(above) / Double(below) / unit
        }
        return reference?.uppercased() == negative ? -result : result
    }
}
