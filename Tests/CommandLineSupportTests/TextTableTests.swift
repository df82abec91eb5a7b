import CommandLineSupport
import Testing

struct TextTableTests {
    @Test(arguments: [
        ("plain", "plain"), ("größe 写真 👩‍👩‍👧", "größe 写真 👩‍👩‍👧"),
        ("a\u{1b}[31mred", "a\\u{1b}[31mred"), ("bell\u{7}", "bell\\u{7}"), ("del\u{7f}", "del\\u{7f}"),
        ("csi\u{9b}2J", "csi\\u{9b}2J"), ("line\nbreak\ttab\rreturn", "line\\nbreak\\ttab\\rreturn"),
        ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("a\u{2028}b", "a\\u{2028}b"), ("\r\n", "\\r\\n"),
    ])
    func `what a terminal would obey is written out`(text: String, escaped: String) {
        #expect(TerminalText.escaped(text) == escaped)
        // What was escaped once stays so.
        #expect(TerminalText.escaped(escaped) == escaped)
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("größe", 5), ("e\u{301}", 1), ("写真", 4), ("한글", 4), ("ＡＢ", 4), ("👍", 2),
        ("👩‍👩‍👧", 2), ("🇦🇹", 2), ("♥", 1), ("…", 1),
    ])
    func `columns are counted as terminals do`(text: String, width: Int) {
        #expect(TerminalText.width(text) == width)
    }

    @Test func `columns line up whatever is in them, and nothing trails`() {
        let table = TextTable(
            [.init("ID", .right), .init("NAME"), .init("WHAT")],
            rows: [["1", "写真", "x"], ["20", "größe", ""], ["3", "a\nb", "y"]])
        #expect(
            table.lines(width: nil) == [
                "ID  NAME   WHAT", " 1  写真   x", "20  größe", " 3  a\\nb   y",
            ])
    }

    @Test(arguments: [80, 40, 30, 10])
    func `a narrow terminal shortens what may be shortened, the widest first`(width: Int) {
        let table = TextTable(
            [.init("ID"), .init("TITLE", isShortened: true), .init("NOTE", isShortened: true)],
            rows: [["12345678", String(repeating: "long ", count: 10), "a note of 写真 here"]])
        let lines = table.lines(width: width)
        #expect(lines[1].hasPrefix("12345678  "))
        if width >= 28 { #expect(lines.allSatisfy { TerminalText.width($0) <= width }) }
        if width < 70 { #expect(lines[1].contains("…")) }
    }
}
