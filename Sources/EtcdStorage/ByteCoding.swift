import EtcdStore

/// Writes numbers and bytes in the log's own encoding: little-endian or as varints.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) { self.bytes.reserveCapacity(count) }
    mutating func write(_ byte: UInt8) { self.bytes.append(byte) }

    mutating func write(fixed number: UInt32) {
        withUnsafeBytes(of: number.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(fixed number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    mutating func write(fixed number: Int64) { self.write(fixed: UInt64(bitPattern: number)) }

    mutating func write(varint number: Int64) { self.write(varint: UInt64(bitPattern: number)) }

    mutating func write(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    mutating func write(_ bytes: Bytes) {
        self.write(varint: UInt64(bytes.count))
        self.bytes.append(contentsOf: bytes.array)
    }
}

/// Reads what ``ByteWriter`` wrote. Every read says whether the bytes were there.
struct ByteReader {
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { self.offset == self.bytes.count }

    mutating func byte() throws(Malformed) -> UInt8 {
        guard self.offset < self.bytes.count else { throw Malformed() }
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    mutating func fixed32() throws(Malformed) -> UInt32 {
        var number: UInt32 = 0
        for shift in stride(from: 0, to: 32, by: 8) { number |= UInt32(try self.byte()) << UInt32(shift) }
        return number
    }

    mutating func fixed64() throws(Malformed) -> UInt64 {
        let low = UInt64(try self.fixed32())
        return UInt64(try self.fixed32()) << 32 | low
    }

    mutating func varint() throws(Malformed) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = try self.byte()
            number |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return number }
        }
        throw Malformed()
    }

    mutating func signedVarint() throws(Malformed) -> Int64 { Int64(bitPattern: try self.varint()) }
    mutating func signed64() throws(Malformed) -> Int64 { Int64(bitPattern: try self.fixed64()) }

    mutating func count() throws(Malformed) -> Int {
        let count = try self.varint()
        // Nothing counted takes less than a byte, so a larger count is a lie.
        guard count <= UInt64(self.bytes.count - self.offset) else { throw Malformed() }
        return Int(count)
    }

    mutating func blob() throws(Malformed) -> Bytes {
        let count = try self.count()
        defer { self.offset += count }
        return Bytes(Array(self.bytes[self.offset..<self.offset + count]))
    }
}
