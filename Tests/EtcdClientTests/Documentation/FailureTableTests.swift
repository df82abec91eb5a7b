import Foundation
import TestSupport
import Testing

/// `docs/etcd-failures.md` names a test for each failure; a name that is no test proves nothing.
@Suite struct FailureTableTests {
    private static let page = "\(PackageFolder.path)/docs/etcd-failures.md"

    @Test func everyRowNamesTestsThatThereAre() throws {
        let page = try String(contentsOfFile: Self.page, encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| failure ") }
        #expect(rows.count > 40)
        let tests = try Self.tests(in: "\(PackageFolder.path)/Tests")
        for row in rows {
            let names = Self.names(in: String(row))
            #expect(!names.isEmpty, "no test: \(row)")
            for name in names { #expect(tests.contains(name), "there is no test \(name)") }
        }
    }

    @Test func aNameThatIsNoTestIsFound() throws {
        #expect(Self.names(in: "| a | b | `FooTests.bar`, `not a name` |") == ["FooTests.bar"])
        let source = "@Suite struct FooTests {\n    @Test func bar() {}\n    private func baz() {}\n}"
        #expect(Self.tests(in: [source]) == ["FooTests.bar"])
    }

    private static func names(in row: String) -> [String] {
        row.matches(of: #/`(\w+Tests\.\w+)`/#).map { String($0.1) }
    }

    private static func tests(in folder: String) throws -> Set<String> {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return self.tests(
            in: try files.filter { $0.hasSuffix(".swift") }.map {
                try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
            })
    }

    /// Functions behind `@Test`, by the suite that they are in.
    private static func tests(in sources: [String]) -> Set<String> {
        var tests: Set<String> = []
        for source in sources {
            var suite = ""
            var isTest = false
            for line in source.split(separator: "\n") {
                if let found = line.firstMatch(of: #/(?:struct|enum|class) (\w+Tests)\b/#) { suite = String(found.1) }
                if line.contains("@Test") { isTest = true }
                if let found = line.firstMatch(of: #/\bfunc (\w+)\(/#) {
                    if isTest { tests.insert("\(suite).\(found.1)") }
                    isTest = false
                }
            }
        }
        return tests
    }
}
