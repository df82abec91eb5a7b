import Foundation
import HTTPTypes
import HummingbirdTesting
import PhotoLibrary
import Synchronization
import TestSupport
import Testing

@testable import PhotoServer

struct PasswordHashTests {
    private let cheap = ScryptParameters(logRounds: 4, blockSize: 8, parallelism: 1)

    @Test func `a hash survives its text, records its costs, and matches its password only`() throws {
        let hash = try PasswordHash(of: "four words in a row", parameters: self.cheap)
        let read = try #require(PasswordHash(text: hash.text))
        #expect(hash.text.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        #expect(try read.matches("four words in a row"))
        #expect(try !read.matches("four words in a roW"))
        #expect(try PasswordHash(of: "four words in a row", parameters: self.cheap).text != hash.text)
    }

    @Test func `an accent is the same password whichever keyboard composed it`() throws {
        let hash = try PasswordHash(of: "caf\u{E9} au lait", parameters: self.cheap)
        #expect(try hash.matches("cafe\u{301} au lait"))
    }

    @Test(arguments: [
        "", "$scrypt$ln=4,r=8,p=1$salt", "$bcrypt$ln=4,r=8,p=1$salt$key", "$scrypt$ln=40,r=8,p=1$salt$key",
        "$scrypt$ln=4,r=8$salt$key", "$scrypt$ln=4,r=8,p=-1$salt$key",
    ])
    func `a damaged hash, or one that would eat the memory, is none`(text: String) {
        #expect(PasswordHash(text: text) == nil)
    }

    @Test func `the standard costs take a good part of the memory and are written down`() throws {
        let hash = try PasswordHash(of: "four words in a row", parameters: .standard)
        #expect(hash.text.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
    }
}

struct SignInLimiterTests {
    private let start = ContinuousClock().now

    private func limiter() -> SignInLimiter<ContinuousClock.Instant> {
        var limits = SignInLimiter<ContinuousClock.Instant>.Limits()
        limits.failuresPerAddress = 3
        limits.failuresPerAccount = 5
        limits.window = .seconds(60)
        limits.capacity = 100
        return SignInLimiter(limits: limits)
    }

    @Test func `an address is stopped after its failures and allowed again when the window is over`() {
        var limiter = self.limiter()
        for _ in 0..<3 { #expect(limiter.attempt(account: "ada", address: "a", now: self.start) == .allowed) }
        #expect(limiter.attempt(account: "eve", address: "a", now: self.start) == .wait(.seconds(60)))
        #expect(limiter.attempt(account: "ada", address: "b", now: self.start) == .allowed)
        let later = self.start.advanced(by: .seconds(60))
        #expect(limiter.attempt(account: "ada", address: "a", now: later) == .allowed)
    }

    @Test func `strangers cannot lock the owner out`() {
        var limiter = self.limiter()
        #expect(limiter.attempt(account: "ada", address: "home", now: self.start) == .allowed)
        limiter.succeeded(account: "ada", address: "home")
        for stranger in 0..<20 {
            _ = limiter.attempt(account: "ada", address: "stranger \(stranger)", now: self.start)
        }
        #expect(limiter.attempt(account: "ada", address: "stranger", now: self.start) != .allowed)
        #expect(limiter.attempt(account: "ada", address: "home", now: self.start) == .allowed)
    }

    @Test func `a million addresses take a bounded amount of memory`() {
        var table = BoundedTable<Int, Int>()
        for key in 0..<100_000 { table.set(key, key, capacity: 100) }
        #expect(table.count == 100)
        #expect(table[99_999] == 99_999)
        #expect(table[0] == nil)
    }
}

struct AccountTests {
    private func form(_ fields: [String: String]) -> String {
        fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            .joined(separator: "&")
    }

    @Test func `the set-up link works once, and its token is in a file that only its owner reads`() async throws {
        try await withServer { server, client in
            let path = "\(server.folder)/data/setup-token"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let token = try #require(try await server.parts.accounts.prepareSetup())
            #expect(try String(contentsOfFile: path, encoding: .utf8) == token + "\n")

            let page = try await client.send(.get, "/setup?token=\(token)")
            #expect(page.status == .ok && page.text.contains("setup-submit"))
            let wrong = try await client.send(.get, "/setup?token=\(SecretToken().text)")
            #expect(wrong.status == .forbidden)

            let fields = ["token": token, "name": "ada", "password": TestServer.password]
            let made = try await client.send(.post, "/setup", [:], self.form(fields))
            #expect(made.status == .seeOther)
            let cookie = try #require(made.headers[.setCookie])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"))
            #expect(!FileManager.default.fileExists(atPath: path))

            let again = try await client.send(.post, "/setup", [:], self.form(fields))
            #expect(again.status == .forbidden)
            #expect(try await server.parts.accounts.prepareSetup() == nil)
            #expect(try await server.library.userCount() == 1)
        }
    }

    @Test(arguments: ["short", "aaaaaaaaaaaa", String(repeating: "long ", count: 50), "ada12345"])
    func `a password that is easy to guess is refused, and the link stays good`(password: String) async throws {
        try await withServer { server, client in
            let token = try #require(try await server.parts.accounts.prepareSetup())
            let answer = try await client.send(
                .post, "/setup", [:], self.form(["token": token, "name": "ada", "password": password]))
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains("setup-error"))
            #expect(try await server.parts.accounts.prepareSetup() == token)
        }
    }

    @Test func `a wrong name and a wrong password are answered alike, and too many are stopped`() async throws {
        try await withServer { server, client in
            _ = try await server.signIn()
            let headers: HTTPFields = [.contentType: "application/json"]
            let wrongPassword = try await client.send(
                .post, "/api/v1/session", headers, #"{"name":"ada","password":"wrong wrong wrong"}"#)
            let wrongName = try await client.send(
                .post, "/api/v1/session", headers, #"{"name":"eve","password":"wrong wrong wrong"}"#)
            #expect(wrongPassword.status == .unauthorized)
            #expect(wrongPassword.text == wrongName.text)
            var statuses: Set<Int> = []
            for _ in 0..<12 {
                let answer = try await client.send(
                    .post, "/api/v1/session", headers, #"{"name":"ada","password":"wrong wrong wrong"}"#)
                statuses.insert(answer.status.code)
                if answer.status == .tooManyRequests { #expect(answer.headers[.retryAfter] != nil) }
            }
            #expect(statuses == [401, 429])
        }
    }

    @Test func `signing in starts a session of its own, signing out ends it everywhere`() async throws {
        try await withServer { server, client in
            _ = try await server.signIn()
            let answer = try await client.send(
                .post, "/signin", [.cookie: "vitrine-session=chosen-by-somebody-else"],
                self.form(["name": "ada", "password": TestServer.password, "next": "/albums?x=1"]))
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "/albums?x=1")
            let cookie = try #require(answer.headers[.setCookie]?.split(separator: ";").first.map(String.init))
            #expect(!cookie.contains("chosen-by-somebody-else"))

            let session = try await client.send(.get, "/api/v1/session", [.cookie: cookie])
            let csrf = try #require(session.json["csrfToken"] as? String)
            let refused = try await client.send(.post, "/signout", [.cookie: cookie], "csrf=wrong")
            #expect(refused.status == .forbidden)
            let ended = try await client.send(.post, "/signout", [.cookie: cookie], self.form(["csrf": csrf]))
            #expect(ended.headers[.setCookie]?.contains("Max-Age=0") == true)
            #expect(try await client.send(.get, "/api/v1/session", [.cookie: cookie]).status == .unauthorized)
        }
    }

    @Test(arguments: [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "",
        "/a\r\nSet-Cookie: x=1",
    ])
    func `signing in never leads to another site`(next: String) {
        #expect(AccountPages.safeNext(next) == "/")
    }

    @Test func `a form of another site's page is refused`() async throws {
        try await withServer { server, client in
            _ = try await server.signIn()
            let answer = try await client.send(
                .post, "/signin", [.origin: "https://evil.example"],
                self.form(["name": "ada", "password": TestServer.password]))
            #expect(answer.status == .forbidden)
            #expect(answer.headers[.setCookie] == nil)
        }
    }

    @Test func `over HTTPS the cookie is held back from plain HTTP, and only the public address counts as ours`()
        async throws
    {
        try await withServer(mediator: "http://127.0.0.1:9", { $0.publicURL = URL(string: "https://photos.example") }) {
            server, client in
            _ = try await server.signIn()
            let body = #"{"name":"ada","password":"four words in a row"}"#
            let good = try await client.send(
                .post, "/api/v1/session", [.contentType: "application/json", .origin: "https://photos.example"], body)
            let cookie = try #require(good.headers[.setCookie])
            #expect(cookie.hasPrefix("__Host-vitrine-session=") && cookie.contains("Secure"))
            #expect(good.headers[.strictTransportSecurity] != nil)
            let bad = try await client.send(
                .post, "/api/v1/session", [.contentType: "application/json", .origin: "https://photos.example.evil"],
                body)
            #expect(bad.status == .forbidden)
        }
    }

    @Test func `a session ends thirty days after it was last used, and using it prolongs it`() async throws {
        try await withTemporaryFolder { folder in
            let server = try await TestServer(folder: folder)
            defer { try? server.library.close() }
            let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
            let accounts = Accounts(
                library: server.library,
                hasher: PasswordHasher(parameters: .init(logRounds: 4, blockSize: 8, parallelism: 1)),
                dataDirectory: folder + "/data", now: { time.withLock { $0 } }, logger: quietLogger)
            let token = try #require(try await accounts.prepareSetup())
            let session = try await accounts.createAdministrator(
                name: "ada", password: TestServer.password, token: token)
            let day = 24.0 * 3600
            for _ in 0..<3 {
                time.withLock { $0 += 20 * day }
                #expect(try await accounts.session(token: session.token) != nil)
            }
            time.withLock { $0 += 31 * day }
            #expect(try await accounts.session(token: session.token) == nil)
        }
    }
}
