/// Rows under headings, aligned for a terminal.
package struct TextTable: Sendable {
    package enum Alignment: Sendable { case left, right }

    package struct Column: Sendable {
        package var heading: String
        package var alignment: Alignment
        /// Whether it may be cut short where the terminal is narrow. Names and numbers that are typed again may not.
        package var isShortened: Bool

        package init(_ heading: String, _ alignment: Alignment = .left, isShortened: Bool = false) {
            self.heading = heading
            self.alignment = alignment
            self.isShortened = isShortened
        }
    }

    private static let gap = "  "
    /// A column is not made narrower than this.
    private static let narrowest = 8

    package var columns: [Column]
    package var rows: [[String]]

    package init(_ columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// Its lines.
    ///
    /// - Parameter width: The terminal's columns; nil where there is no terminal, and nothing is cut short.
    package func lines(width: Int?) -> [String] {
        let cells = ([self.columns.map(\.heading)] + self.rows).map { $0.map { TerminalText.escaped($0) } }
        var widths = self.columns.indices.map { column in
            cells.map { TerminalText.width($0[column]) }.max() ?? 0
        }
        if let width { self.fit(&widths, into: width) }
        return cells.map { row in
            let texts = row.indices.map { column in
                let text = TerminalText.shortened(row[column], to: widths[column])
                let space = String(repeating: " ", count: max(0, widths[column] - TerminalText.width(text)))
                return self.columns[column].alignment == .left ? text + space : space + text
            }
            let line = texts.joined(separator: Self.gap)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Takes from the widest column that may give, column by column, until all fits or nothing more can go.
    private func fit(_ widths: inout [Int], into width: Int) {
        var excess = widths.reduce(0, +) + Self.gap.count * max(0, widths.count - 1) - width
        while excess > 0 {
            let giving = widths.indices.filter { self.columns[$0].isShortened && widths[$0] > Self.narrowest }
            guard let widest = giving.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
