/// Rows of a text file with a delimiter: comma-separated as RFC 4180 has it, with the backslash escapes and the NULL that
/// MySQL's exports add to it, or tab-separated as `mysql --batch` writes it.
struct DelimitedText {
    struct Fault: Error {
        /// Counted from 1.
        let line: Int
        let reason: String
    }

    /// The first row: names in lower case.
    let header: [String]
    /// Values by name; one that is NULL is absent.
    private(set) var rows: [[String: String]] = []

    /// - Throws: ``Fault``.
    init(_ text: String, delimiter: Character) throws {
        var parser = Parser(text, delimiter: delimiter)
        guard let first = try parser.row() else {
            self.header = []
            return
        }
        let header = first.map { ($0 ?? "").lowercased().trimmingByteOrderMark }
        self.header = header
        while let values = try parser.row() {
            // A blank line, as at the end of many files.
            if values.count == 1 && header.count > 1 && values[0]?.isEmpty != false { continue }
            guard values.count == header.count else {
                throw Fault(line: parser.rowLine, reason: "has \(values.count) values where \(header.count) are named")
            }
            var row: [String: String] = [:]
            for (name, value) in zip(header, values) where value != nil { row[name] = value }
            self.rows.append(row)
        }
    }

    private struct Parser {
        private let characters: String.UnicodeScalarView
        private var position: String.UnicodeScalarView.Index
        private let delimiter: Unicode.Scalar
        /// Where the reading is, and where the last row began.
        private var line = 1
        private(set) var rowLine = 1

        init(_ text: String, delimiter: Character) {
            self.characters = text.unicodeScalars
            self.position = self.characters.startIndex
            self.delimiter = delimiter.unicodeScalars.first ?? ","
        }

        private mutating func next() -> Unicode.Scalar? {
            guard self.position < self.characters.endIndex else { return nil }
            defer { self.position = self.characters.index(after: self.position) }
            let scalar = self.characters[self.position]
            if scalar == "\n" { self.line += 1 }
            return scalar
        }

        private var peek: Unicode.Scalar? {
            self.position < self.characters.endIndex ? self.characters[self.position] : nil
        }

        /// - Returns: `nil` at the end.
        mutating func row() throws -> [String?]? {
            guard self.peek != nil else { return nil }
            self.rowLine = self.line
            var values: [String?] = []
            while true {
                let (value, isLast) = try self.value()
                values.append(value)
                if isLast { return values }
            }
        }

        private mutating func value() throws -> (String?, isLast: Bool) {
            // `mysql --batch` escapes, and quotes nothing.
            if self.peek == "\"" && self.delimiter != "\t" {
                _ = self.next()
                let value = try self.quoted()
                switch self.next() {
                case self.delimiter: return (value, false)
                case "\r" where self.peek == "\n":
                    _ = self.next()
                    return (value, true)
                case "\n", nil: return (value, true)
                default: throw Fault(line: self.line, reason: "goes on after a closing quote")
                }
            }
            var value = String.UnicodeScalarView()
            // A backslash alone before N is MySQL's NULL, not an N.
            var isNull = false
            while let scalar = self.next() {
                if scalar == self.delimiter { return (Self.plain(value, isNull), false) }
                if scalar == "\n" { return (Self.plain(value, isNull), true) }
                if scalar == "\r" && self.peek == "\n" { continue }
                if scalar == "\\", let escaped = self.next() {
                    isNull = value.isEmpty && escaped == "N"
                    value.append(Self.meaning(of: escaped))
                } else {
                    value.append(scalar)
                }
            }
            return (Self.plain(value, isNull), true)
        }

        private mutating func quoted() throws -> String {
            let start = self.line
            var value = String.UnicodeScalarView()
            while let scalar = self.next() {
                if scalar == "\\", let escaped = self.next() {
                    value.append(Self.meaning(of: escaped))
                } else if scalar == "\"" {
                    guard self.peek == "\"" else { return String(value) }
                    _ = self.next()
                    value.append("\"")
                } else {
                    value.append(scalar)
                }
            }
            throw Fault(line: start, reason: "has a quote that does not close")
        }

        private static func plain(_ value: String.UnicodeScalarView, _ isNull: Bool) -> String? {
            let text = String(value)
            return text == "NULL" || (isNull && text == "N") ? nil : text
        }

        private static func meaning(of escaped: Unicode.Scalar) -> Unicode.Scalar {
            switch escaped {
            case "n": "\n"
            case "t": "\t"
            case "r": "\r"
            case "0": "\0"
            default: escaped
            }
        }
    }
}

extension String {
    fileprivate var trimmingByteOrderMark: String { self.hasPrefix("\u{FEFF}") ? String(self.dropFirst()) : self }
}
