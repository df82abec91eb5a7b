/// What a display shows on its screen, and somebody types to let it in.
struct PairingCode: Hashable, Sendable, CustomStringConvertible {
    static let length = 6

    /// Digits and capitals, without those that are taken for one another across a room: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
    /// 23 of them, six in a row: 148 million codes.
    static let symbols = Array("34679ACDEFGHJKMNPQRTWXY")

    /// Six capitals and digits.
    let text: String

    var description: String { self.text }

    /// Draws a code.
    init(using generator: inout some RandomNumberGenerator) {
        self.text = String(
            (0..<Self.length).map { _ in Self.symbols[Int.random(in: 0..<Self.symbols.count, using: &generator)] })
    }

    /// Reads what somebody typed: small letters, spaces and hyphens are fine. Nil when it cannot be a code.
    init?(typed: String) {
        guard typed.utf8.count <= 64 else { return nil }
        let symbols = typed.uppercased().filter { !$0.isWhitespace && $0 != "-" }
        guard symbols.count == Self.length, symbols.allSatisfy(Self.symbols.contains) else { return nil }
        self.text = symbols
    }
}
