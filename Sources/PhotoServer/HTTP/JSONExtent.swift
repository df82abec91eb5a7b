/// How much a JSON body makes a server work, seen from its bytes: a body of one megabyte may hold half a million values, and
/// reading those takes a second.
enum JSONExtent {
    /// Values in one body: four times as many photos as one request may name.
    static let values = 20_000
    /// Lists and objects within each other.
    static let depth = 32

    /// Whether a body stays within both. Looks at brackets and commas outside of texts alone, so that it takes one pass;
    /// what is no JSON is found later.
    static func fits(_ bytes: some Sequence<UInt8>) -> Bool {
        var (values, depth) = (1, 0)
        var (isInText, isEscaped) = (false, false)
        for byte in bytes {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: ","): values += 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                values += 1
                depth += 1
                if depth > Self.depth { return false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if values > Self.values { return false }
        }
        return true
    }
}
