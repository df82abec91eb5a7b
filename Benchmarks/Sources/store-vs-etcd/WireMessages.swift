/// The few messages of the etcd v3 API that the load generator sends and reads, in protobuf's encoding.
enum WireMessages {
    static let put = "/etcdserverpb.KV/Put"
    static let range = "/etcdserverpb.KV/Range"
    static let watch = "/etcdserverpb.Watch/Watch"

    static func putRequest(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        self.field(1, key) + self.field(2, value)
    }

    static func rangeRequest(_ key: [UInt8]) -> [UInt8] { self.field(1, key) }

    static func watchCreateRequest(_ key: [UInt8]) -> [UInt8] { self.field(1, self.field(1, key)) }

    /// What a watch stream said.
    struct WatchResponse {
        var isCreated = false
        var isCanceled = false
        var eventCount = 0

        init(_ bytes: UnsafeRawBufferPointer) {
            WireMessages.forEachField(bytes) { number, value, _ in
                switch number {
                case 3: self.isCreated = value != 0
                case 4: self.isCanceled = value != 0
                case 11: self.eventCount += 1
                default: break
                }
            }
        }
    }

    /// The revision in the header of any answer.
    static func headerRevision(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var revision: Int64 = 0
        self.forEachField(bytes) { number, _, content in
            guard number == 1 else { return }
            self.forEachField(content) { number, value, _ in
                if number == 3 { revision = Int64(bitPattern: value) }
            }
        }
        return revision
    }

    private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        var field: [UInt8] = [number << 3 | 2]
        var length = bytes.count
        while length >= 0x80 {
            field.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        field.append(UInt8(length))
        return field + bytes
    }

    /// Calls `body` with each field's number and its value: a number, or bytes.
    private static func forEachField(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (_ number: Int, _ value: UInt64, _ content: UnsafeRawBufferPointer) -> Void
    ) {
        var offset = 0
        func varint() -> UInt64 {
            var number: UInt64 = 0
            var shift: UInt64 = 0
            while offset < bytes.count, shift < 64 {
                let byte = bytes[offset]
                offset += 1
                number |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            return number
        }
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        while offset < bytes.count {
            let tag = varint()
            switch tag & 7 {
            case 0: body(Int(tag >> 3), varint(), none)
            case 1: offset += 8
            case 5: offset += 4
            case 2:
                let length = Int(clamping: varint())
                guard length <= bytes.count - offset else { return }
                body(Int(tag >> 3), 0, UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)]))
                offset += length
            default: return
            }
        }
    }
}
