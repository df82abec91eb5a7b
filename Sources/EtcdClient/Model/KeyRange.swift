/// The keys that an operation is about.
public struct KeyRange: Hashable, Sendable {
    /// The first key.
    public let start: Key
    /// The first key past the range. Empty means `start` alone; a single zero byte means no upper end.
    public let end: Key

    private init(start: Key, end: Key) {
        self.start = start
        self.end = end
    }

    private static let open = Key([0])

    /// One key.
    public static func key(_ key: Key) -> KeyRange { KeyRange(start: key, end: Key([])) }

    /// Every key that begins with `prefix`; an empty prefix means every key.
    ///
    /// The upper end is the prefix without its trailing 0xff bytes and its last byte raised by one, so that prefixes
    /// such as `a\xff` are exact.
    public static func prefix(_ prefix: Key) -> KeyRange {
        guard !prefix.bytes.isEmpty else { return .all }
        var end = prefix.bytes
        while let last = end.last {
            if last < 0xff {
                end[end.count - 1] = last + 1
                return KeyRange(start: prefix, end: Key(end))
            }
            end.removeLast()
        }
        return KeyRange(start: prefix, end: Self.open)
    }

    /// Keys from `start` up to but not including `end`. Empty when `end` is not above `start`.
    public static func range(_ start: Key, _ end: Key) -> KeyRange { KeyRange(start: start, end: end) }

    /// `start` and every key above it.
    public static func from(_ start: Key) -> KeyRange { KeyRange(start: start, end: Self.open) }

    /// Every key.
    public static let all = KeyRange(start: KeyRange.open, end: KeyRange.open)

    /// Whether there is no upper end.
    var isUnbounded: Bool { self.end == Self.open }

    /// Whether `key` is in this range.
    public func contains(_ key: Key) -> Bool {
        if self.end.bytes.isEmpty { return key == self.start }
        return key >= self.start && (self.end == Self.open || key < self.end)
    }
}
