import Glibc

/// A camera's raw file: a TIFF structure (TIFF 6.0, DNG 1.4) or Fujifilm's container, with a whole JPEG inside it.
///
/// Only the preview is shown: developing raw data is an art with as many answers as programs.
struct RawFile {
    /// Longer raw files are not looked into: a worker holds one whole. Medium format has about 150 MB.
    private static let bytesMaximum = 200 << 20
    private static let directoriesMaximum = 32
    private static let entriesMaximum = 512

    /// The largest JPEG in it, with the file's orientation written into it where it has none of its own.
    let preview: [UInt8]?
    let exif: ExifBlock?

    /// - Returns: `nil` if it is no raw file.
    init?(_ path: String) throws {
        guard let head = Self.read(path, most: 64), let kind = Self.kind(of: head) else { return nil }
        guard var bytes = Self.read(path, most: Self.bytesMaximum) else { return nil }
        let tiff: TIFFStructure?
        let found: Range<Int>?
        switch kind {
        case .fujifilm:
            // "FUJIFILMCCD-RAW ", then at 84 where the JPEG is and how long, big-endian.
            guard bytes.count >= 92 else { return nil }
            let start = Self.bigEndian(bytes, 84), length = Self.bigEndian(bytes, 88)
            found = length > 0 && start + length <= bytes.count ? start..<start + length : nil
            tiff = nil
        case .tiff(let isCertain):
            let structure = TIFFStructure(bytes)
            guard isCertain || structure.isRaw else { return nil }
            found = structure.largestJPEG
            tiff = structure
        }
        guard let found, bytes[found].starts(with: [0xFF, 0xD8, 0xFF]) else {
            self.preview = nil
            self.exif = nil
            return
        }
        let jpeg = Array(bytes[found])
        if tiff == nil {
            self.preview = jpeg
            self.exif = nil  // the JPEG has it
            return
        }
        // Olympus and Panasonic have a mark of their own before what is TIFF all the same.
        bytes[2] = bytes[0] == 0x49 ? 42 : 0
        bytes[3] = bytes[0] == 0x49 ? 0 : 42
        let exif = ExifBlock(bytes)
        self.exif = exif
        self.preview = Self.withOrientation(exif?.orientation ?? 1, jpeg)
    }

    private enum Kind {
        case tiff(isCertain: Bool)
        case fujifilm
    }

    private static func kind(of head: [UInt8]) -> Kind? {
        if head.starts(with: Array("FUJIFILMCCD-RAW".utf8)) { return .fujifilm }
        guard head.count >= 16 else { return nil }
        let isLittle = head.starts(with: Array("II".utf8)), isBig = head.starts(with: Array("MM".utf8))
        guard isLittle || isBig else { return nil }
        let mark = isLittle ? [head[2], head[3]] : [head[3], head[2]]
        switch mark {
        case [42, 0]: return .tiff(isCertain: head[8] == 0x43 && head[9] == 0x52)  // Canon: "CR"
        case [0x52, 0x4F], [0x52, 0x53], [0x55, 0x00]: return .tiff(isCertain: true)  // Olympus, Panasonic
        default: return nil
        }
    }

    private static func bigEndian(_ bytes: [UInt8], _ offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func read(_ path: String, most: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        let wanted = min(Int(status.st_size), most)
        guard most <= 64 || Int(status.st_size) <= most else { return nil }
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
            while done < wanted {
                let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: done), wanted - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                done += count
            }
            initialized = done
        }
        return bytes
    }

    /// Cameras say in the raw file alone how it was held.
    private static func withOrientation(_ orientation: Int, _ jpeg: [UInt8]) -> [UInt8] {
        guard orientation > 1, !Self.hasExif(jpeg) else { return jpeg }
        let tiff: [UInt8] = [
            0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0,
        ]
        let body = Array("Exif\0\0".utf8) + tiff
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2)
    }

    private static func hasExif(_ jpeg: [UInt8]) -> Bool {
        var position = 2
        while position + 10 <= jpeg.count, jpeg[position] == 0xFF {
            let marker = jpeg[position + 1]
            if marker == 0xDA { return false }
            let length = Int(jpeg[position + 2]) << 8 | Int(jpeg[position + 3])
            if marker == 0xE1, jpeg[(position + 4)...].starts(with: Array("Exif".utf8)) { return true }
            position += 2 + max(length, 2)
        }
        return false
    }

    /// The directories of a TIFF structure, walked with a bound: a file cannot send it in circles.
    private struct TIFFStructure {
        private let bytes: [UInt8]
        private let isLittleEndian: Bool
        private(set) var isRaw = false
        private(set) var largestJPEG: Range<Int>?

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            self.isLittleEndian = bytes.first == 0x49
            var waiting = [self.word(at: 4) ?? 0]
            var seen: Set<Int> = []
            while let offset = waiting.popLast(), seen.count < RawFile.directoriesMaximum {
                guard offset >= 8, seen.insert(offset).inserted else { continue }
                waiting += self.readDirectory(at: offset)
            }
        }

        /// - Returns: The directories it leads to.
        private mutating func readDirectory(at offset: Int) -> [Int] {
            guard let count = self.half(at: offset) else { return [] }
            var next: [Int] = []
            var strip: (offset: Int, length: Int, isJPEG: Bool) = (0, 0, false)
            var thumbnail: (offset: Int, length: Int) = (0, 0)
            for index in 0..<min(count, RawFile.entriesMaximum) {
                let start = offset + 2 + index * 12
                guard let tag = self.half(at: start), let type = self.half(at: start + 2),
                    let number = self.word(at: start + 4)
                else { break }
                let isShort = type == 3
                let value = (isShort ? self.half(at: start + 8) : self.word(at: start + 8)) ?? 0
                switch tag {
                case 0x0103: strip.isJPEG = value == 6 || value == 7
                case 0x0106 where value == 32_803 || value == 34_892: self.isRaw = true
                case 0x0111 where number == 1: strip.offset = value
                case 0x0117 where number == 1: strip.length = value
                case 0x0201: thumbnail.offset = value
                case 0x0202: thumbnail.length = value
                case 0x002E where type == 7: thumbnail = (value, number)  // Panasonic's JpgFromRaw
                case 0xC612: self.isRaw = true
                case 0x014A:
                    for item in 0..<min(number, 8) {
                        let at = number == 1 ? start + 8 : value + item * 4
                        if let found = self.word(at: at) { next.append(found) }
                    }
                default: break
                }
            }
            if strip.isJPEG { self.note(strip.offset, strip.length) }
            self.note(thumbnail.offset, thumbnail.length)
            if let following = self.word(at: offset + 2 + count * 12), following != 0 { next.append(following) }
            return next
        }

        private mutating func note(_ offset: Int, _ length: Int) {
            guard offset > 0, length > 4, offset <= self.bytes.count - 4, length <= self.bytes.count - offset,
                length > self.largestJPEG?.count ?? 0,
                self.bytes[offset..<offset + 3].elementsEqual([0xFF, 0xD8, 0xFF]),
                Self.isForPeople(self.bytes[offset..<offset + length])
            else { return }
            self.largestJPEG = offset..<offset + length
        }

        /// The raw data itself may be packed as a JPEG of the lossless kind, which no viewer reads.
        private static func isForPeople(_ jpeg: ArraySlice<UInt8>) -> Bool {
            var position = jpeg.startIndex + 2
            while position + 4 <= jpeg.endIndex, jpeg[position] == 0xFF {
                let marker = jpeg[position + 1]
                switch marker {
                case 0xC0, 0xC1, 0xC2: return true
                case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF, 0xDA, 0xD9: return false
                default: position += 2 + max(2, Int(jpeg[position + 2]) << 8 | Int(jpeg[position + 3]))
                }
            }
            return false
        }

        private func half(at offset: Int) -> Int? {
            guard offset >= 0, offset + 2 <= self.bytes.count else { return nil }
            let (first, second) = (Int(self.bytes[offset]), Int(self.bytes[offset + 1]))
            return self.isLittleEndian ? second << 8 | first : first << 8 | second
        }

        private func word(at offset: Int) -> Int? {
            guard let first = self.half(at: offset), let second = self.half(at: offset + 2) else { return nil }
            return self.isLittleEndian ? second << 16 | first : first << 16 | second
        }
    }
}
