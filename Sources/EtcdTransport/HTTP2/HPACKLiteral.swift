/// The encodings of HPACK (RFC 7541) for what is not in a table.
enum HPACKLiteral {
    /// A number in an octet that begins with other bits, and in as many more as it takes (section 5.1).
    ///
    /// - Parameters:
    ///   - prefixBits: How many bits of the first octet are the number's; 1 to 8.
    ///   - flags: The other bits of the first octet.
    static func integer(_ value: Int, prefixBits: Int, flags: UInt8) -> [UInt8] {
        let limit = 1 << prefixBits - 1
        guard value >= limit else { return [flags | UInt8(value)] }
        var bytes = [flags | UInt8(limit)]
        var rest = value - limit
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        return bytes
    }

    /// A text, not compressed (section 5.2).
    static func text(_ text: String) -> [UInt8] {
        self.integer(text.utf8.count, prefixBits: 7, flags: 0) + Array(text.utf8)
    }
}
