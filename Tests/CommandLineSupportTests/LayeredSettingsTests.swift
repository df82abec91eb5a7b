import Foundation
import Testing

@testable import CommandLineSupport

@Suite struct LayeredSettingsTests {
    @Test func `a flag wins over the environment, and the environment over the file`() async throws {
        let file = try Self.file(
            "listen: 127.0.0.1:1\ndata: /file\npublic-url: http://file\ninsecure: true\nport: 80\n")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let settings = try await LayeredSettings(
            program: "photoserver", flags: ["listen": "127.0.0.1:3", "data": nil], file: file,
            environment: ["PHOTOSERVER_LISTEN": "127.0.0.1:2", "PHOTOSERVER_DATA": "/environment"])
        #expect(settings.string("listen") == "127.0.0.1:3")
        #expect(settings.string("data") == "/environment")
        #expect(settings.string("public-url") == "http://file")
        #expect(try settings.flag("insecure"))
        #expect(settings.string("port") == "80")
        #expect(settings.string("etcd-listen") == nil)
    }

    @Test func `the environment may name the file`() async throws {
        let file = try Self.file("etcd-endpoints: http://a:1, http://b:2\n")
        defer { try? FileManager.default.removeItem(atPath: file) }
        let settings = try await LayeredSettings(
            program: "photoserver", flags: [:], file: nil, environment: ["PHOTOSERVER_CONFIG": file])
        #expect(settings.list("etcd-endpoints") == ["http://a:1", "http://b:2"])
    }

    @Test func `a file that is not there is named, with what to do`() async throws {
        let failure = await #expect(throws: CommandFailure.self) {
            try await LayeredSettings(program: "photoserver", flags: [:], file: "/no/such/file.yaml", environment: [:])
        }
        #expect(failure?.message.contains("/no/such/file.yaml") == true)
        #expect(failure?.remedy != nil)
    }

    @Test func `a value of the wrong form is refused by name`() async throws {
        let settings = try await LayeredSettings(
            program: "photoserver", flags: ["listen": "nowhere", "insecure": "perhaps"], file: nil, environment: [:])
        #expect(throws: CommandFailure.self) { try settings.address("listen") }
        #expect(throws: CommandFailure.self) { try settings.flag("insecure") }
        #expect(throws: CommandFailure.self) { try settings.required("data") }
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80, true), ("[::1]:2379", "::1", 2379, true),
        ("localhost:0", "localhost", 0, true),
        ("0.0.0.0:8080", "0.0.0.0", 8080, false), ("127.example.org:1", "127.example.org", 1, false),
        ("192.0.2.7:443", "192.0.2.7", 443, false),
    ])
    func `a listen address is read and known to be loopback or not`(
        text: String, host: String, port: Int, loopback: Bool
    ) {
        let address = ListenAddress(text)
        #expect(address?.host == host)
        #expect(address?.port == port)
        #expect(address?.isLoopback == loopback)
        #expect(address?.description == text)
    }

    @Test(arguments: ["", "8080", ":8080", "::1:80", "host:65536", "host:-1", "host:x"])
    func `what is not HOST and PORT is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    private static func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString).yaml")
            .path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
