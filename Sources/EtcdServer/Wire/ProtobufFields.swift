/// Fields of a protobuf message, written one after the other; for the few messages that are written too often to be built
/// first. What is 0 is left out, as everywhere.
struct ProtobufFields {
    private(set) var bytes: [UInt8] = []

    init() { self.bytes.reserveCapacity(48) }

    /// A number, of a field numbered below 16.
    mutating func add(field: UInt8, _ value: UInt64) {
        guard value != 0 else { return }
        self.bytes.append(field << 3)
        self.append(value)
    }

    /// A message or bytes, of a field numbered below 16.
    mutating func add(field: UInt8, _ content: [UInt8]) {
        self.bytes.append(field << 3 | 2)
        self.append(UInt64(content.count))
        self.bytes.append(contentsOf: content)
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
