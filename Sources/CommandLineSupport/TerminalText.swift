/// Text that others wrote, before it goes to a terminal.
package enum TerminalText {
    /// `text` with everything in it that a terminal would obey, or that would turn the direction of writing, written out:
    /// a photo's name must not move the cursor, colour the screen or type a command. Line breaks are written out too.
    package static func escaped(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: Self.isObeyed) else { return String(text) }
        return text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\n": escaped += "\\n"
            case "\t": escaped += "\\t"
            case "\r": escaped += "\\r"
            case _ where Self.isObeyed(scalar): escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // Marks, embeddings, overrides and isolates of direction. Joiners stay: words and emoji need them.
        case .format:
            [0x61c, 0x200e, 0x200f].contains(scalar.value) || (0x202a...0x202e).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
        default: false
        }
    }

    /// How many columns of a terminal `text` takes.
    package static func width(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + Self.width($1) }
    }

    /// A character is as wide as its widest scalar: what is combined with it takes no room.
    private static func width(_ character: Character) -> Int {
        if let ascii = character.asciiValue { return ascii < 0x20 || ascii == 0x7f ? 0 : 1 }
        return character.unicodeScalars.map(Self.width).max() ?? 0
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        // The blocks that Unicode's EastAsianWidth.txt calls wide or fullwidth.
        return switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff,
            0x20000...0x3fffd:
            2
        default: 1
        }
    }

    /// As much of `text` as fits into `columns`, with an ellipsis for the rest.
    package static func shortened(_ text: String, to columns: Int) -> String {
        guard Self.width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var room = columns - 1
        let kept = text.prefix { character in
            room -= Self.width(character)
            return room >= 0
        }
        return kept + "…"
    }
}
