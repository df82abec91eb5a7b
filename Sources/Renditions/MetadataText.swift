/// Text out of a file's metadata, made fit to be shown and stored: one line, bounded, without control characters.
package enum MetadataText {
    package static let longest = 1_000
    package static let longestKeyword = 100
    static let keywordsMaximum = 200

    /// - Returns: `nil` if nothing is left.
    package static func clean(_ text: String, longest: Int = MetadataText.longest) -> String? {
        var result = ""
        var isAfterSpace = true
        var count = 0
        for character in text where count < longest {
            if character.isWhitespace {
                if !isAfterSpace {
                    result.append(" ")
                    count += 1
                }
                isAfterSpace = true
                continue
            }
            guard !character.unicodeScalars.contains(where: Self.isUnwanted) else { continue }
            result.append(character)
            count += 1
            isAfterSpace = false
        }
        if result.last == " " { result.removeLast() }
        return result.isEmpty ? nil : result
    }

    /// In the order given, each once, compared without regard to case.
    package static func cleanKeywords(_ keywords: some Sequence<String>) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        for keyword in keywords {
            guard result.count < Self.keywordsMaximum else { break }
            guard let keyword = Self.clean(keyword, longest: Self.longestKeyword),
                seen.insert(keyword.lowercased()).inserted
            else { continue }
            result.append(keyword)
        }
        return result
    }

    /// UTF-8 where it is that, else Latin-1, which is what else was written before there was UTF-8.
    package static func decode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned: true
        // Marks that reorder what follows could make a name look like another one.
        case .format: scalar.value != 0x200D
        default: false
        }
    }
}
