import Foundation
import Testing

@testable import CommandLineSupport

/// Mistakes in a configuration file are found, and named by their line.
@Suite struct ConfigurationFileTests {
    private static let known = ["listen", "data", "cache-size"]

    @Test func `settings are found with their lines, comments and blank lines are not`() throws {
        let file = try Self.file("# mine\r\n\r\n---\nlisten: 127.0.0.1:1\n  # more\ndata:\n")
        #expect(file.entries == [.init(name: "listen", line: 4), .init(name: "data", line: 6)])
        try file.check(against: Self.known)
    }

    @Test(arguments: [
        ("listen 127.0.0.1:1\n", "line 1", "name: value"),
        ("data: /a\n  listen: 1\n", "line 2", "without indentation"),
        ("data:/a\n", "line 1", "name: value"),
        ("data: /a\nlisten: 1\ndata: /b\n", "line 3: data stands on line 1 already", "Keep one"),
        ("data: /a\n- x\n", "line 2", "name: value"),
    ])
    func `a line that is no setting is named`(text: String, place: String, remedy: String) {
        let failure = #expect(throws: CommandFailure.self) { try Self.file(text) }
        #expect(failure?.status == .configuration)
        #expect(failure?.message.contains(place) == true, "\(String(describing: failure))")
        #expect(failure?.remedy?.contains(remedy) == true, "\(String(describing: failure))")
    }

    @Test(arguments: [
        ("lisen: 1\n", "line 1: lisen is no setting", "Did you mean listen?"),
        ("data: /a\ncache_size: 1\n", "line 2: cache_size is no setting", "Did you mean cache-size?"),
        ("\nsomething-else-entirely: 1\n", "line 2", "config --example"),
    ])
    func `an unknown name is refused, with the nearest known one`(text: String, place: String, remedy: String) throws {
        let file = try Self.file(text)
        let failure = #expect(throws: CommandFailure.self) { try file.check(against: Self.known) }
        #expect(failure?.message.contains(place) == true, "\(String(describing: failure))")
        #expect(failure?.remedy?.contains(remedy) == true, "\(String(describing: failure))")
    }

    @Test func `a failure about a setting gets the line of that setting`() throws {
        let file = try Self.file("data: /a\nlisten: nowhere\n")
        let located = file.locate(CommandFailure(.usage, "--listen must be HOST:PORT", remedy: "x"))
        #expect(located.message.contains("line 2: --listen must be HOST:PORT"))
        #expect(located.status == .usage)
        #expect(located.remedy == "x")
        let elsewhere = file.locate(CommandFailure(.usage, "--tls-key is missing"))
        #expect(elsewhere.message.hasSuffix(": --tls-key is missing"))
    }

    @Test func `a file that is not there, or no text, is refused by name`() throws {
        #expect(throws: CommandFailure.self) { try ConfigurationFile(path: "/no/such/file.yaml") }
        let failure = #expect(throws: CommandFailure.self) { try Self.file(Data([0x6c, 0xff, 0xfe])) }
        #expect(failure?.message.contains("UTF-8") == true)
    }

    private static func file(_ text: String) throws -> ConfigurationFile { try Self.file(Data(text.utf8)) }

    private static func file(_ data: Data) throws -> ConfigurationFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("file-\(UUID().uuidString).yaml").path
        try data.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ConfigurationFile(path: path)
    }
}
