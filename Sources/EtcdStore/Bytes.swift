#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A key or a value: plain bytes, ordered as unsigned bytes, as etcd orders keys.
package struct Bytes: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let array: [UInt8]

    package init(_ array: [UInt8]) { self.array = array }
    package init(_ string: String) { self.array = Array(string.utf8) }
    package init(stringLiteral value: String) { self.init(value) }

    package static let empty = Bytes([])

    package var count: Int { self.array.count }
    package var isEmpty: Bool { self.array.isEmpty }

    /// The text, or hexadecimal digits where it is none that can be printed.
    package var description: String {
        if self.array.allSatisfy({ (0x20..<0x7f).contains($0) }) { return String(decoding: self.array, as: UTF8.self) }
        let digits = Array("0123456789abcdef")
        return "0x" + String(self.array.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xf)]] })
    }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.compare(rhs) < 0 }

    package static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.count == rhs.count && lhs.compare(rhs) == 0
    }

    package func hash(into hasher: inout Hasher) {
        self.array.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Whether these bytes begin with all of `prefix`.
    package func hasPrefix(_ prefix: Bytes) -> Bool {
        self.count >= prefix.count && self.compareFirst(prefix.count, with: prefix) == 0
    }

    /// The first `length` bytes; `length` must not exceed ``count``.
    package func prefix(_ length: Int) -> Bytes { Bytes(Array(self.array.prefix(length))) }

    /// Below, at or above zero as `self` sorts before, equals or sorts after `other`.
    package func compare(_ other: Bytes) -> Int {
        let order = self.compareFirst(min(self.count, other.count), with: other)
        return order != 0 ? order : self.count - other.count
    }

    private func compareFirst(_ length: Int, with other: Bytes) -> Int {
        // memcmp: keys are compared at every step of every search, so this is the store's hottest loop.
        self.array.withUnsafeBytes { left in
            other.array.withUnsafeBytes { right in
                guard length > 0, let left = left.baseAddress, let right = right.baseAddress else { return 0 }
                return Int(memcmp(left, right, length))
            }
        }
    }
}
