/// How much a JSON body makes a server work, seen from its bytes: one megabyte may hold a third of a million values, whose
/// reading takes most of a second, and so do three kilobytes of five hundred objects within each other.
enum JSONExtent {
    /// Values in one body, each counted as often as there are lists and objects around it, and once more: for that is how long
    /// reading takes. Two and a half times as many photos as one request may name.
    static let work = 40_000
    /// Lists and objects within each other.
    static let depth = 32

    /// Whether a body stays within both. Looks at brackets and commas outside of texts alone, so that it takes one pass;
    /// what is no JSON is found later.
    static func fits(_ bytes: some Sequence<UInt8>) -> Bool {
        var (work, depth) = (1, 0)
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
            case UInt8(ascii: ","): work += depth + 1
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                work += depth + 1
                if depth > Self.depth { return false }
            // What closes more than was open is no JSON.
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            default: break
            }
            if work > Self.work { return false }
        }
        return true
    }
}
