import DisplayChannel
import Foundation
import PhotoViewer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPPhotoServiceTests {
    private static func response(_ status: String, _ body: String, length: Int? = nil) -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(length ?? body.utf8.count)\r\nconnection: close\r\n\r\n\(body)"
    }

    private static func registration() throws -> Registration {
        Registration(
            id: try #require(DisplayID("hall")), secret: "s3cret", name: nil, width: 640, height: 360, token: nil)
    }

    @Test func anApprovalIsRead() async throws {
        let body = """
            {"state":"approved","token":"t","etcd":{"endpoints":["http://e:2379"]},"display":{"id":"hall","name":"Hall"}}
            """
        try await StubServer.with(answer: Self.response("200 OK", body)) { server, service in
            let answer = try await service.register(Self.registration())
            let expected = try Credentials(
                token: "t", etcd: .init(endpoints: ["http://e:2379"]),
                display: .init(id: Self.registration().id, name: "Hall"))
            #expect(answer == .approved(expected))
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /api/v1/display/registrations HTTP/1.1"))
            #expect(request.contains(#""secret":"s3cret""#))
        }
    }

    @Test func waitingForApprovalShowsTheSecret() async throws {
        let answer = Self.response("202 Accepted", #"{"state":"pending","registration":"r 1/2"}"#)
        try await StubServer.with(answer: answer) { server, service in
            let answer = try await service.awaitApproval("r 1/2", secret: "s3cret")
            #expect(answer == .pending(.init(registration: "r 1/2")))
            let request = try #require(server.requests.first?.lowercased())
            #expect(request.hasPrefix("get /api/v1/display/registrations/r%201%2f2 http/1.1"))
            #expect(request.contains("authorization: bearer s3cret"))
        }
    }

    @Test func aWaitingDisplayIsToldItsCodeAndWhereToTypeIt() async throws {
        let body = #"""
            {"state":"pending","registration":"r","code":"A7K9QX","expiresInSeconds":600,
            "pairingURL":"http://photos.local:8080/pair?code=A7K9QX"}
            """#
        try await StubServer.with(answer: Self.response("202 Accepted", body)) { _, service in
            let expected = PendingRegistration(
                registration: "r", code: "A7K9QX", page: "http://photos.local:8080/pair?code=A7K9QX")
            let answer = try await service.register(Self.registration())
            #expect(answer == .pending(expected))
        }
    }

    static let failures: [(String, ViewerError.Code)] = [
        ("401 Unauthorized", .unauthorized), ("404 Not Found", .notFound), ("410 Gone", .gone),
        ("500 Internal Server Error", .refused), ("302 Found", .refused), ("200 OK", .unintelligible),
    ]

    @Test(arguments: HTTPPhotoServiceTests.failures)
    func eachRefusalHasItsCode(status: String, code: ViewerError.Code) async throws {
        try await StubServer.with(answer: Self.response(status, "nonsense")) { _, service in
            let error = await #expect(throws: ViewerError.self) { try await service.register(Self.registration()) }
            #expect(error?.code == code)
        }
    }

    @Test func noServerIsUnreachable() async throws {
        let service = try HTTPPhotoService(server: "http://127.0.0.1:1")
        let error = await #expect(throws: ViewerError.self) { try await service.playlist("x", token: "t") }
        #expect(error?.code == .unreachable)
        await service.shutdown()
    }

    @Test(arguments: ["", "host:8080", "ftp://host", "http://"])
    func anAddressThatIsNoneIsRefused(address: String) {
        let error = #expect(throws: ViewerError.self) { try HTTPPhotoService(server: address) }
        #expect(error?.code == .unintelligible)
    }

    @Test(arguments: [
        (PhotoContent.named("../a b.jpg"), "/api/v1/display/photos/by-name/..%2Fa%20b.jpg "),
        (.named(".."), "/api/v1/display/photos/by-name/%2E%2E "),
        (.rendition(String(repeating: "a", count: 64)), "/api/v1/display/photos/\(String(repeating: "a", count: 64)) "),
    ])
    func aPhotoIsStreamedIntoItsFile(content: PhotoContent, path: String) async throws {
        try await withTemporaryFolder { folder in
            try await StubServer.with(answer: Self.response("200 OK", "photo")) { server, service in
                try await service.download(content, token: "t", to: "\(folder)/x")
                #expect(FileManager.default.contents(atPath: "\(folder)/x") == Data("photo".utf8))
                #expect(server.requests.first?.hasPrefix("GET \(path)") == true)
                #expect(server.requests.first?.contains("Bearer t\r\n") == true)
            }
        }
    }

    @Test func aPhotoCutShortIsNotKept() async throws {
        try await withTemporaryFolder { folder in
            try await StubServer.with(answer: Self.response("200 OK", "photo", length: 5000)) { _, service in
                await #expect(throws: ViewerError.self) {
                    try await service.download(.named("a"), token: "t", to: "\(folder)/x")
                }
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/x"))
            }
        }
    }

    @Test func aPictureOfTheScreenIsPut() async throws {
        try await StubServer.with(answer: Self.response("204 No Content", "")) { server, service in
            try await service.send(screen: Array("jpeg".utf8), request: "r-1", token: "t")
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("PUT /api/v1/display/screen/r-1 "))
            #expect(request.hasSuffix("jpeg"))
        }
    }
}
