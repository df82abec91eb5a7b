import EtcdStore

/// The layout of the store's files.
///
/// A file is a header and then frames. Each frame is what one sync made durable: its length, its number within the
/// file, a CRC-32C over both and over its records, and the records. A frame is there as a whole or not at all.
enum LogFormat {
    /// The first bytes of a log or a snapshot.
    struct Header: Equatable, Sendable {
        enum Kind: UInt64, Sendable {
            case log = 0x3130_474f_4c52_5456  // "VTRLOG01"
            case snapshot = 0x3130_504e_5352_5456  // "VTRSNP01"
        }

        static let size = 28

        let kind: Kind
        /// Random for each file and part of each frame's checksum, so that no client can write a value that reads as
        /// a frame.
        let salt: UInt64
        /// The store's applied index before the file's first frame: no file may be missing in between.
        let base: UInt64

        var encoded: [UInt8] {
            var writer = ByteWriter()
            writer.write(fixed: self.kind.rawValue)
            writer.write(fixed: self.salt)
            writer.write(fixed: self.base)
            writer.write(fixed: CRC32C.checksum(writer.bytes))
            return writer.bytes
        }

        /// Reads a header, or `nil` if the bytes are not one.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.size else { return nil }
            var reader = ByteReader(bytes)
            guard let kind = (try? reader.fixed64()).flatMap(Kind.init(rawValue:)), let salt = try? reader.fixed64(),
                let base = try? reader.fixed64(), let checksum = try? reader.fixed32(),
                checksum == CRC32C.checksum(Array(bytes.dropLast(4)))
            else { return nil }
            self.init(kind: kind, salt: salt, base: base)
        }

        init(kind: Kind, salt: UInt64, base: UInt64) {
            self.kind = kind
            self.salt = salt
            self.base = base
        }
    }

    static let frameHeaderSize = 20
    /// No frame is longer. Batches end far below it; the deletion of very many keys at once may come near.
    static let frameLengthLimit = 1 << 31

    static func frame(_ payload: [UInt8], number: UInt64, salt: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.reserve(payload.count + Self.frameHeaderSize)
        writer.write(fixed: UInt32(truncatingIfNeeded: salt))
        writer.write(fixed: UInt32(payload.count))
        writer.write(fixed: number)
        writer.write(fixed: Self.checksum(payload[...], number: number, salt: salt))
        return writer.bytes + payload
    }

    /// The payload of the frame at `offset` of `bytes`, and its number, if a valid one begins there.
    static func frame(at offset: Int, of bytes: [UInt8], salt: UInt64) -> (number: UInt64, payload: [UInt8])? {
        guard bytes.count - offset >= Self.frameHeaderSize else { return nil }
        var reader = ByteReader(Array(bytes[offset..<offset + Self.frameHeaderSize]))
        guard let mark = try? reader.fixed32(), mark == UInt32(truncatingIfNeeded: salt),
            let length = try? reader.fixed32(), length <= Self.frameLengthLimit,
            let number = try? reader.fixed64(), let checksum = try? reader.fixed32()
        else { return nil }
        let start = offset + Self.frameHeaderSize
        guard bytes.count - start >= Int(length) else { return nil }
        let payload = bytes[start..<start + Int(length)]
        guard checksum == Self.checksum(payload, number: number, salt: salt) else { return nil }
        return (number, Array(payload))
    }

    private static func checksum(_ payload: ArraySlice<UInt8>, number: UInt64, salt: UInt64) -> UInt32 {
        var prefix = ByteWriter()
        prefix.write(fixed: salt)
        prefix.write(fixed: number)
        prefix.write(fixed: UInt64(payload.count))
        var crc = CRC32C()
        crc.update(prefix.bytes)
        payload.withUnsafeBytes { crc.update($0) }
        return crc.value
    }
}
