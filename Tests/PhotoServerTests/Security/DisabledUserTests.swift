import Foundation
import HTTPTypes
import HummingbirdTesting
import PhotoLibrary
import Testing

@testable import PhotoServer

/// An account whose use is taken from its owner, and given back.
struct DisabledUserTests {
    @Test func `sessions, tokens and links of a disabled user stop at once, and tokens work again afterwards`()
        async throws
    {
        try await withServer { server, client in
            let admin = try await server.signIn()
            let bob = try await server.signIn(as: .editor, name: "bob")
            let made = try await client.send(.post, "/api/v1/tokens", bob, #"{"name":"script","scopes":["see"]}"#)
            let token = HTTPFields.bearer(try #require(made.json["secret"] as? String))
            let id = try #require(try await server.library.user(named: "bob")?.id.rawValue)
            let link = try await client.send(.post, "/api/v1/users/\(id)/password-link", admin)
            let reset = try #require((link.json["url"] as? String)?.components(separatedBy: "token=").last)

            let disabled = try await client.send(.post, "/api/v1/users/\(id)/disable", admin)
            #expect(disabled.status == .ok && disabled.json["disabledAt"] as? String != nil)
            #expect(disabled.json["sessions"] as? Int == 0)
            #expect(try await client.send(.get, "/api/v1/session", bob).status == .unauthorized)
            #expect(try await client.send(.get, "/photos", bob).status == .seeOther)
            #expect(try await client.send(.get, "/api/v1/session", token).status == .unauthorized)
            #expect(try await client.send(.get, "/reset?token=\(reset)").status == .forbidden)
            let again = try await client.send(.post, "/api/v1/users/\(id)/password-link", admin)
            #expect(again.status == .conflict)

            func signIn(_ password: String) async throws -> TestResponse {
                try await client.send(
                    .post, "/api/v1/session", [.contentType: "application/json"],
                    #"{"name":"bob","password":"\#(password)"}"#)
            }
            let refused = try await signIn(TestServer.password)
            #expect(refused.status == .forbidden && refused.problemCode == "account-disabled")
            #expect(refused.headers[.setCookie] == nil)
            // Who does not know the password does not hear of it.
            #expect(try await signIn("not the password").problemCode == "sign-in-failed")

            let enabled = try await client.send(.post, "/api/v1/users/\(id)/enable", admin)
            #expect(enabled.status == .ok && enabled.json["disabledAt"] == nil)
            #expect(try await client.send(.get, "/api/v1/session", bob).status == .unauthorized)
            #expect(try await client.send(.get, "/api/v1/session", token).status == .ok)
            #expect(try await signIn(TestServer.password).status == .created)

            let audit = try await client.send(.get, "/api/v1/audit", admin)
            let texts = (audit.json["entries"] as? [[String: Any]] ?? []).compactMap { $0["text"] as? String }
            #expect(texts.contains("user \(id): disable") && texts.contains("user \(id): enable"), "\(texts)")
        }
    }

    @Test func `an open stream of events ends, and the last administrator who can work stays`() async throws {
        try await withServer { server, client in
            let admin = try await server.signIn()
            _ = try await server.signIn(as: .administrator, name: "eve")
            let ada = try #require(try await server.library.user(named: TestServer.user)?.id)
            let eve = try #require(try await server.library.user(named: "eve")?.id)
            let session = try await server.parts.accounts.signIn(
                name: "eve", password: TestServer.password, address: "test"
            ).session
            #expect(try await server.parts.accounts.isAlive(session))
            func post(_ user: UserID, _ what: String) async throws -> TestResponse {
                try await client.send(.post, "/api/v1/users/\(user.rawValue)/\(what)", admin)
            }
            #expect(try await post(eve, "disable").status == .ok)
            #expect(try await !server.parts.accounts.isAlive(session), "an event stream asks this")
            // A disabled administrator is none.
            #expect(try await post(ada, "disable").status == .conflict)
            let demoted = try await client.send(
                .patch, "/api/v1/users/\(ada.rawValue)", admin, #"{"role":"viewer"}"#)
            #expect(demoted.status == .conflict)
            #expect(try await client.send(.delete, "/api/v1/users/\(ada.rawValue)", admin).status == .conflict)
            #expect(try await client.send(.get, "/api/v1/session", admin).status == .ok)
            #expect(try await post(UserID(999), "disable").status == .notFound)
            #expect(try await post(eve, "enable").status == .ok)
            #expect(try await post(ada, "disable").status == .ok)
            #expect(try await client.send(.get, "/api/v1/session", admin).status == .unauthorized)
        }
    }
}
