/// One key, or all keys between two ends.
public struct KeyRange: Hashable, Sendable {
    /// The first key, as the wire spells it.
    package let start: [UInt8]
    /// Empty for one key; a single zero byte for "no end"; else the first key beyond the range.
    package let end: [UInt8]

    private init(start: [UInt8], end: [UInt8]) {
        self.start = start
        self.end = end
    }

    /// Just this key.
    public static func key(_ key: Key) -> KeyRange { KeyRange(start: key.bytes, end: []) }

    /// Every key that begins with these bytes. An empty prefix is every key there is.
    public static func prefix(_ prefix: Key) -> KeyRange {
        guard !prefix.bytes.isEmpty else { return .all }
        var end = prefix.bytes
        while let last = end.popLast() {
            if last < 0xff {
                end.append(last + 1)
                return KeyRange(start: prefix.bytes, end: end)
            }
        }
        // Nothing sorts after a prefix of 0xff bytes alone but what begins with it.
        return KeyRange(start: prefix.bytes, end: [0])
    }

    /// From `lower` up to, but without, `upper`. Empty if `upper` is not above `lower`; such a range cannot be watched.
    public static func range(from lower: Key, to upper: Key) -> KeyRange {
        // An empty end would mean one key on the wire, and one zero byte no end at all.
        upper.bytes.isEmpty || upper.bytes == [0]
            ? KeyRange(start: lower.bytes, end: lower.bytes) : KeyRange(start: lower.bytes, end: upper.bytes)
    }

    /// `lower` and every key after it.
    public static func from(_ lower: Key) -> KeyRange {
        KeyRange(start: lower.bytes.isEmpty ? [0] : lower.bytes, end: [0])
    }

    /// Every key there is.
    public static var all: KeyRange { KeyRange(start: [0], end: [0]) }

    /// Whether a key lies in the range.
    public func contains(_ key: Key) -> Bool {
        if self.end.isEmpty { return key.bytes == self.start }
        guard !key.bytes.lexicographicallyPrecedes(self.start) else { return false }
        return self.end == [0] || key.bytes.lexicographicallyPrecedes(self.end)
    }
}
