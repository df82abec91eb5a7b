import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// The API as it is against the API as it is described, by a stranger: schemathesis makes requests of all kinds from the
/// description, sends them to a running server, and looks whether the answers are among those described.
///
/// `VITRINE_API_EXAMPLES` is how many it makes up for each route; `VITRINE_SOAK_SEED` repeats a run.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ContractTests {
    private static var examples: Int {
        ProcessInfo.processInfo.environment["VITRINE_API_EXAMPLES"].flatMap { Int($0) } ?? 3
    }

    @Test(arguments: SoakSeeds.all)
    func `a running server answers as its description says`(seed: UInt64) async throws {
        print("contract test: seed \(seed), \(Self.examples) examples for each route")
        try await RunningServer.withServer { server in
            let house = try await ContractHouse(server)
            let (_, _, document) = try await server.send(.GET, "/api/v1/openapi.json", house.token)
            try Data(document.utf8).write(to: URL(fileURLWithPath: "\(server.folder)/openapi.json"))

            // Not asked: what never ends or waits for a display, what would end the token that asks, and what is slow on
            // purpose. They have tests of their own.
            let left = ["followEvents", "getPicture", "deleteToken", "changePassword", "signIn"]
            try await Self.run(
                server, seed, house.token,
                left.flatMap { ["--exclude-operation-id", $0] } + [
                    "--exclude-tag", "Screens", "--exclude-path-regex", "^/guest/",
                ])
            try await Self.run(server, seed, house.link, ["--include-path-regex", "^/guest/"])
            try await Self.run(
                server, seed, house.display,
                ["--include-tag", "Screens", "--exclude-operation-id", "followDisplay"]
                    + ["--exclude-operation-id", "waitForRegistration"])
        }
    }

    private static func run(
        _ server: RunningServer, _ seed: UInt64, _ headers: HTTPHeaders, _ arguments: [String]
    ) async throws {
        let configuration = "\(PackageFolder.path)/Tests/PhotoServerTests/Contract/schemathesis.toml"
        let log = "\(server.folder)/schemathesis-\(UUID().uuidString).log"
        let process = try ChildProcess(
            PythonTools.python,
            [
                "-c", "from schemathesis.cli import schemathesis; schemathesis()", "--config-file", configuration,
                "run",
                "\(server.folder)/openapi.json", "--url", "\(server.base)/api/v1", "--seed", "\(seed)", "--no-color",
                "--max-examples", "\(Self.examples)", "--continue-on-failure", "--request-timeout", "30",
                "--header", "Authorization: \(headers["authorization"].first ?? "")",
            ] + arguments, log: log, folder: server.folder)
        let status = try await process.finished(within: .seconds(60 + 20 * Self.examples))
        let output = process.output
        #expect(status == 0, "\(output.components(separatedBy: "= WARNINGS =").first ?? output)")
        // That it did ask: a tool that finds nothing to do is content too.
        #expect(output.contains("Test cases:"), "\(output)")
    }
}

/// A server with something of everything, and who asks it.
private struct ContractHouse {
    /// A program that may do everything.
    let token: HTTPHeaders
    /// A guest with a link.
    let link: HTTPHeaders
    let display: HTTPHeaders

    init(_ server: RunningServer) async throws {
        let session = try await server.signIn()
        func made(_ path: String, _ body: [String: Any], _ headers: HTTPHeaders) async throws -> [String: Any] {
            let data = try JSONSerialization.data(withJSONObject: body)
            let (status, _, text) = try await server.send(
                .POST, "/api/v1/\(path)", headers, String(decoding: data, as: UTF8.self))
            guard status.code < 300,
                let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            else { throw NotInTime(description: "\(path) answered \(status): \(text)") }
            return answer
        }
        func bearer(_ secret: Any?) -> HTTPHeaders {
            ["authorization": "Bearer \(secret as? String ?? "")", "content-type": "application/json"]
        }
        let scopes = ["see", "photos", "displays", "administer"]
        let token = bearer(try await made("tokens", ["name": "contract", "scopes": scopes], session)["secret"])
        _ = try await made("albums", ["name": "Sea"], token)
        let rule = ["field": "favourite", "is": "equals", "value": "yes"]
        _ = try await made("albums", ["name": "Liked", "rule": rule], token)
        let photo = "\(server.folder)/dune.jpg"
        try TestPhoto.make(photo)
        let sent = try await RunningServer.send(
            file: photo, to: "\(server.base)/api/v1/photos?filename=dune.jpg&album=1", token)
        guard sent == .created else { throw NotInTime(description: "the photo was answered with \(sent)") }
        let local = try String(contentsOfFile: "\(server.folder)/data/display-token", encoding: .utf8)
        let registration: [String: Any] = [
            "id": "hall", "secret": "a secret of the hall's display", "kind": "browser", "width": 640, "height": 360,
            "token": local.trimmingCharacters(in: .newlines),
        ]
        self.display = bearer(try await made("display/registrations", registration, token)["token"])
        _ = try await made("groups", ["name": "Wall", "album": 1, "displays": ["hall"]], token)
        let link = try await made("upload-links", ["label": "Aunt May", "album": 1, "files": 10_000], token)
        self.link = bearer((link["url"] as? String)?.components(separatedBy: "link=").last)
        self.token = token
    }
}

extension RunningServer {
    fileprivate static func send(file: String, to url: String, _ headers: HTTPHeaders) async throws
        -> HTTPResponseStatus
    {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = headers
        request.headers.replaceOrAdd(name: "content-type", value: "image/jpeg")
        request.body = .bytes(ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: file))))
        return try await Self.client.execute(request, timeout: .seconds(30)).status
    }
}
