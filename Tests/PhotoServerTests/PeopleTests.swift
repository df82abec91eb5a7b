import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

private let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]

struct PeopleTests {
    private static func token(of url: Any?) throws -> String {
        let text = try #require(url as? String)
        return String(try #require(text.split(separator: "=").last))
    }

    @Test func `an invitation makes one account with its role, once`() async throws {
        try await withServer { server, client in
            let admin = try await server.signIn()
            let made = try await client.send(.post, "/api/v1/invitations", admin, #"{"role": "editor"}"#)
            #expect(made.status == .created)
            let token = try Self.token(of: made.json["url"])
            let page = try await client.send(.get, "/invite?token=\(token)")
            #expect(page.text.contains("as editor"))

            let weak = try await client.send(.post, "/invite", form, "token=\(token)&name=grace&password=1234567890")
            #expect(weak.status == .unprocessableContent && weak.text.contains("too easy"))
            let taken = try await client.send(
                .post, "/invite", form, "token=\(token)&name=ADA&password=four+words+in+a+row")
            #expect(taken.status == .conflict && taken.text.contains("already"))
            let body = "token=\(token)&name=grace&password=five+words+in+a+row"
            let accepted = try await client.send(.post, "/invite", form, body)
            #expect(accepted.headers[.location] == "/")
            let again = try await client.send(.post, "/invite", form, body)
            #expect(again.status == .forbidden)
            let users = try await server.library.users().map { "\($0.name) \($0.role)" }
            #expect(users == ["ada administrator", "grace editor"])
        }
    }

    @Test func `the last administrator stays one`() async throws {
        try await withServer { server, client in
            let admin = try await server.signIn()
            let id = try #require(try await server.library.user(named: TestServer.user)).id.rawValue
            let demoted = try await client.send(.patch, "/api/v1/users/\(id)", admin, #"{"role": "viewer"}"#)
            #expect(demoted.status == .conflict)
            #expect(try await client.send(.delete, "/api/v1/users/\(id)", admin).status == .conflict)
            let unknown = try await client.send(.patch, "/api/v1/users/\(id)", admin, #"{"role": "king"}"#)
            #expect(unknown.problemCode == "role-unknown")
            _ = try await server.signIn(as: .administrator, name: "grace")
            #expect(try await client.send(.patch, "/api/v1/users/\(id)", admin, #"{"role": "viewer"}"#).status == .ok)
            // The role counts at once, in the sessions that there are.
            #expect(try await client.send(.get, "/api/v1/users", admin).problemCode == "not-allowed")
        }
    }

    @Test func `somebody who is removed is signed out, and their tokens are void`() async throws {
        try await withServer { server, client in
            let admin = try await server.signIn()
            let editor = try await server.signIn(as: .editor)
            let made = try await client.send(.post, "/api/v1/tokens", editor, #"{"name": "x", "scopes": ["photos"]}"#)
            let secret = try #require(made.json["secret"] as? String)
            let id = try #require(try await server.library.user(named: "somebody editor")).id.rawValue
            #expect(try await client.send(.delete, "/api/v1/users/\(id)", admin).status == .noContent)
            #expect(try await client.send(.get, "/api/v1/albums", editor).status == .unauthorized)
            #expect(try await client.send(.get, "/api/v1/albums", .bearer(secret)).status == .unauthorized)
        }
    }

    @Test func `a token has no more than its owner, ends, and is deleted`() async throws {
        try await withServer { server, client in
            let editor = try await server.signIn(as: .editor)
            let over = try await client.send(.post, "/api/v1/tokens", editor, #"{"name": "x", "scopes": ["displays"]}"#)
            #expect(over.problemCode == "scope-invalid")
            let made = try await client.send(
                .post, "/api/v1/tokens", editor, #"{"name": "x", "scopes": ["see", "photos"], "days": 1}"#)
            let secret = try #require(made.json["secret"] as? String)
            let json = HTTPFields.bearer(secret).with(.contentType, "application/json")
            #expect(try await client.send(.post, "/api/v1/albums", json, #"{"name": "A"}"#).status == .created)
            // It cannot make itself one that may do more.
            let wish = #"{"name": "y", "scopes": ["administer"]}"#
            #expect(try await client.send(.post, "/api/v1/tokens", json, wish).problemCode == "scope-invalid")
            let id = try #require(try await server.library.user(named: "somebody editor")).id
            try await server.library.setRole("viewer", of: id, keeping: "administrator")
            let second = try await client.send(.post, "/api/v1/albums", json, #"{"name": "B"}"#)
            #expect(second.problemCode == "not-allowed")
            #expect(try await client.send(.get, "/api/v1/albums", json).status == .ok)
            let number = try #require(made.json["id"] as? Int)
            let stranger = try await server.signIn()
            #expect(try await client.send(.delete, "/api/v1/tokens/\(number)", stranger).status == .notFound)
            #expect(try await client.send(.delete, "/api/v1/tokens/\(number)", editor).status == .noContent)
            #expect(try await client.send(.get, "/api/v1/albums", json).status == .unauthorized)
        }
    }

    @Test func `sessions are listed and ended one by one`() async throws {
        try await withServer { server, client in
            let first = try await server.signIn()
            let second = try await server.signIn()
            let listed = try await client.send(.get, "/api/v1/sessions", first)
            let sessions = try #require(listed.json["sessions"] as? [[String: Any]])
            #expect(sessions.filter { $0["isCurrent"] as? Bool == true }.count == 1)
            #expect(sessions.count >= 2)
            let own = try #require(sessions.first { $0["isCurrent"] as? Bool == true }?["id"] as? String)
            #expect(try await client.send(.delete, "/api/v1/sessions/\(own)", second).status == .noContent)
            #expect(try await client.send(.get, "/api/v1/session", first).status == .unauthorized)
            #expect(try await client.send(.get, "/api/v1/session", second).status == .ok)
        }
    }

    @Test func `a changed password signs out everywhere else, and the present one is asked for`() async throws {
        try await withServer { server, client in
            let here = try await server.signIn()
            let there = try await server.signIn()
            let wrong = #"{"present": "not the words", "password": "other words in a row"}"#
            let refused = try await client.send(.post, "/api/v1/session/password", here, wrong)
            #expect(refused.problemCode == "sign-in-failed")
            let right = #"{"present": "\#(TestServer.password)", "password": "other words in a row"}"#
            let answer = try await client.send(.post, "/api/v1/session/password", here, right)
            #expect(answer.status == .ok && answer.headers[.setCookie] != nil)
            #expect(try await client.send(.get, "/api/v1/session", there).status == .unauthorized)
        }
    }

    @Test func `a forgotten password is replaced by a link made on the machine, while the server runs`() async throws {
        try await withServer { server, client in
            let before = try await server.signIn()
            let token = SecretToken()
            let name = try AccountRecovery.makePasswordLink(
                directory: server.folder + "/data", name: "ADA", tokenHash: token.hash,
                expiresAt: Date().addingTimeInterval(60))
            #expect(name == "ada")
            #expect(throws: PhotoLibraryError.self) {
                try AccountRecovery.makePasswordLink(
                    directory: server.folder + "/data", name: "eve", tokenHash: SecretToken().hash, expiresAt: Date())
            }
            let body = "token=\(token.text)&password=quite+other+words"
            #expect(try await client.send(.post, "/reset", form, body).headers[.location] == "/")
            #expect(try await client.send(.post, "/reset", form, body).status == .forbidden)
            #expect(try await client.send(.get, "/api/v1/session", before).status == .unauthorized)
            let new = try await server.parts.accounts.signIn(name: "ada", password: "quite other words", address: "x")
            #expect(new.session.role == "administrator")
        }
    }

    @Test(arguments: [
        "1234567890", "0987654321", "password123", "Qwertyuiop1!", "aaaaaaaaaaaa", "abcdefghijkl", "vitrine2026",
        "short",
        String(repeating: "ab", count: 101),
    ])
    func `the worst passwords are refused`(password: String) {
        #expect(throws: Problem.self) { try PasswordRules.check(password, of: "ada") }
    }

    @Test(arguments: ["four words in a row", "Tr0ub4dor&3 horse", "пять слов подряд тут"])
    func `length is what counts`(password: String) throws {
        try PasswordRules.check(password, of: "ada")
    }

    // MARK: Guests

    @Test(.timeLimit(.minutes(1)))
    func `a guest adds photos to one album and sees nothing`() async throws {
        try await withServer { server, client in
            let editor = try await server.signIn(as: .editor)
            let album = try await server.library.createAlbum(named: "Wedding")
            let made = try await client.send(
                .post, "/api/v1/upload-links", editor,
                #"{"label": "Aunt May", "album": \#(album.id.rawValue), "files": 2}"#)
            #expect(made.status == .created)
            let token = try Self.token(of: made.json["url"])
            let page = try await client.send(.get, "/guest?link=\(token)")
            #expect(page.text.contains("Aunt May") && page.text.contains("Wedding"))

            let bytes = try TestPhoto.bytes(folder: server.folder)
            let guest = HTTPFields.bearer(token).with(.contentType, "application/json")
            func begin(_ name: String) async throws -> TestResponse {
                try await client.send(
                    .post, "/api/v1/guest/uploads", guest,
                    #"{"filename": "\#(name)", "size": \#(bytes.readableBytes)}"#)
            }
            let id = try #require(try await begin("cake.jpg").json["id"] as? String)
            let sent = try await client.execute(
                uri: "/api/v1/guest/uploads/\(id)?offset=0", method: .patch, headers: .bearer(token), body: bytes
            ) { $0 }
            #expect(sent.json["isDone"] as? Bool == true && sent.json["photo"] == nil)
            #expect(try await server.library.album(album.id)?.photoCount == 1)

            for uri in ["/api/v1/photos", "/api/v1/albums", "/api/v1/displays", "/api/v1/users"] {
                #expect(try await client.send(.get, uri, guest).status == .unauthorized, "\(uri)")
            }
            // Somebody else's upload is not theirs to go on with.
            let other = try await server.library.beginUpload(filename: "x.jpg", size: 10, album: nil)
            #expect(try await client.send(.get, "/api/v1/guest/uploads/\(other.id)", guest).status == .notFound)
            #expect(try await begin("second.jpg").status == .created)
            #expect(try await begin("third.jpg").problemCode == "full")
            let number = try #require(made.json["id"] as? Int)
            #expect(try await client.send(.delete, "/api/v1/upload-links/\(number)", editor).status == .noContent)
            #expect(try await begin("late.jpg").problemCode == "upload-link-void")
            #expect(try await client.send(.get, "/guest?link=\(token)").status == .unauthorized)
        }
    }

    @Test func `a guest's ZIP is no photo`() async throws {
        try await withServer { server, _ in
            let album = try await server.library.createAlbum(named: "A")
            let zip: [UInt8] = [0x50, 0x4B, 0x05, 0x06] + [UInt8](repeating: 0, count: 18)
            let session = try await server.library.beginUpload(
                filename: "a.zip", size: zip.count, album: album.id, takesArchives: false)
            let error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await server.library.continueUpload(session.id, at: 0, Just(element: zip))
            }
            #expect(error?.code == .unsupportedFormat)
        }
    }

    // MARK: Audit

    @Test func `what was done is kept with who did it, and a slider is one deed`() async throws {
        try await withServer { server, client in
            let admin = try await server.signIn()
            _ = try await server.admitDisplay("hall")
            for level in 1...3 {
                let body = #"{"settings": {"brightness": "0.\#(level)"}}"#
                #expect(try await client.send(.patch, "/api/v1/displays/hall", admin, body).status == .ok)
            }
            _ = try await client.send(.post, "/api/v1/albums", admin, #"{"name": "Sea"}"#)
            _ = try await client.send(.post, "/api/v1/albums", admin, #"{"name": ""}"#)  // refused, so not noted
            let answer = try await client.send(.get, "/api/v1/audit", admin)
            let entries = try #require(answer.json["entries"] as? [[String: Any]])
            let texts = entries.map { "\($0["who"] ?? ""): \($0["text"] ?? "") \($0["times"] ?? 0)" }
            #expect(texts == ["ada: album: made 1", "ada: display hall: changed 3"])
        }
    }

    @Test(arguments: [
        ("POST displays/{id}/next", "displays/hall/next", "display hall: next"),
        ("PATCH users/{id}", "users/3", "user 3: changed"),
        ("DELETE upload-links/{id}", "upload-links/4", "upload link 4: deleted"),
        ("DELETE users/{id}/sessions", "users/3/sessions", "user 3: sessions deleted"),
        ("POST users/{id}/password-link", "users/3/password-link", "user 3: password link"),
        ("GARBAGE", "x", "GARBAGE"),
    ])
    func `an entry reads as words`(action: String, subject: String, text: String) {
        #expect(AuditWords.text(action: action, subject: subject) == text)
    }
}

/// One element as a sequence.
private struct Just: AsyncSequence, AsyncIteratorProtocol, Sendable {
    var element: [UInt8]?
    func makeAsyncIterator() -> Just { self }
    mutating func next() async -> [UInt8]? {
        defer { self.element = nil }
        return self.element
    }
}
