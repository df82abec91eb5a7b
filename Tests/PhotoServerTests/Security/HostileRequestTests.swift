import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

/// What OWASP's lists name, tried on the program itself. Scripts in texts are tried by ``ScriptTests``, slow requests by
/// ``SlowRequestTests``, hostile photos by ``HostileUploadTests``, idle connections by ``IdleConnectionTests``.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HostileRequestTests {
    private static let form: HTTPHeaders = ["content-type": "application/x-www-form-urlencoded"]

    // MARK: CSRF

    @Test func `CSRF: another site's page changes nothing, even with the cookie`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let cookie = session["cookie"].first ?? ""
            let token = session["x-csrf-token"].first ?? ""
            // What a page elsewhere can send: plain forms of three kinds, and what a script may send without asking.
            let origins: [HTTPHeaders] = [
                ["origin": "https://evil.example"], ["origin": "null"], ["sec-fetch-site": "cross-site"],
                ["sec-fetch-site": "same-site"], ["origin": "http://127.0.0.1:1"], [:],
            ]
            for headers in origins {
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                    var sent = headers
                    sent.add(name: "cookie", value: cookie)
                    sent.add(name: "content-type", value: type)
                    let (status, _, text) = try await server.send(
                        .POST, "/api/v1/albums", sent, #"{"name":"Stolen"}"#)
                    #expect(status == .forbidden && text.contains("cross-site"), "\(sent): \(text)")
                }
            }
            // With the token, and from elsewhere all the same.
            for headers in origins where !headers.isEmpty {
                var sent = headers
                sent.add(contentsOf: session)
                #expect(try await server.send(.POST, "/api/v1/albums", sent, #"{"name":"Stolen"}"#).0 == .forbidden)
            }
            #expect(try await server.send(.GET, "/api/v1/albums", session).2.contains("Stolen") == false)

            // Forms: nobody is signed out, or signed in to somebody else's account, by another site's page.
            var strange = Self.form
            strange.add(name: "origin", value: "https://evil.example")
            #expect(
                try await server.send(.POST, "/signin", strange, "name=ada&password=four+words+in+a+row").0
                    == .forbidden)
            strange.add(name: "cookie", value: cookie)
            #expect(try await server.send(.POST, "/signout", strange, "csrf=\(token)").0 == .forbidden)
            var own = Self.form
            own.add(name: "cookie", value: cookie)
            #expect(try await server.send(.POST, "/signout", own, "").0 == .forbidden)
            #expect(try await server.send(.GET, "/api/v1/session", ["cookie": cookie]).0 == .ok)
        }
    }

    // MARK: Open redirect

    @Test func `open redirect: every Location is a path of this server`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let cookie = session["cookie"].first ?? ""
            let targets = [
                "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
                "/\t/evil.example", "/%09/evil.example", "/ /evil.example", "javascript:alert(1)", "data:text/html,x",
                "//evil.example@127.0.0.1/", "/.//evil.example\\", "http:evil.example", "/\r\n/evil.example",
                "\u{FF0F}/evil.example", "/\u{2028}/evil.example",
            ]
            var asked = 0
            func expectOwn(_ location: String?, _ what: String) {
                asked += 1
                guard let location else {
                    Issue.record("\(what) did not redirect")
                    return
                }
                let isOwn =
                    location.hasPrefix("/") && !location.hasPrefix("//") && !location.contains("\\")
                    && location.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                #expect(isOwn, "\(what) leads to \(location)")
            }
            for (number, target) in targets.enumerated() {
                let encoded = target.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                // Signed in already, and just signing in.
                let (_, there, _) = try await server.send(.GET, "/signin?next=\(encoded)", ["cookie": cookie])
                expectOwn(there["location"].first, "next=\(target)")
                // A password takes its time.
                guard number < 5 else { continue }
                let (_, then, _) = try await server.send(
                    .POST, "/signin", Self.form, "name=ada&password=four+words+in+a+row&next=\(encoded)")
                expectOwn(then["location"].first, "signing in with next=\(target)")
            }
            // The address that was asked for, as it stands in the request's first line, and the headers that proxies set.
            let paths = [
                "/displays", "//evil.example/displays", "/\\evil.example", "/displays?next=//evil.example",
                "/displays/%2F%2Fevil.example", "http://evil.example/displays", "/photos?text=//evil.example", "/",
            ]
            let headers = [
                "Host: evil.example", "Host: 127.0.0.1\r\nX-Forwarded-Host: evil.example",
                "Host: 127.0.0.1\r\nForwarded: host=evil.example;proto=https",
                "Host: 127.0.0.1\r\nX-Original-URL: //evil.example\r\nX-Rewrite-URL: //evil.example",
                "Host: 127.0.0.1\r\nX-Forwarded-Proto: javascript\r\nX-Forwarded-Prefix: //evil.example",
            ]
            for path in paths {
                for header in headers {
                    let answer = try await RawConnection.exchange(
                        port: server.port, "GET \(path) HTTP/1.1\r\n\(header)\r\nConnection: close\r\n\r\n")
                    // What is no page of this server is none, and leads nowhere.
                    if answer.hasPrefix("HTTP/1.1 404") || answer.hasPrefix("HTTP/1.1 400") { continue }
                    expectOwn(Self.field("location", answer), "\(path) with \(header)")
                }
            }
            #expect(asked > 50, "only \(asked) redirects were looked at")
        }
    }

    private static func field(_ name: String, _ answer: String) -> String? {
        answer.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
            .first { $0.lowercased().hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    // MARK: Path traversal

    private static let steps = [
        "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//", "..%252f", "%252e%252e%252f", "..%c0%af",
        "..;/", "%00../", "./../",
    ]

    @Test func `path traversal: no address leads to a file that is not meant`() async throws {
        try await RunningServer.withServer { server in
            let canary = "the canary of \(UUID().uuidString)"
            try canary.write(toFile: "\(server.folder)/canary.txt", atomically: true, encoding: .utf8)
            try canary.write(toFile: "\(server.folder)/data/canary.txt", atomically: true, encoding: .utf8)
            let session = try await server.signIn()
            let display = try await server.admit("hall")
            let routes = [
                "/static/", "/display/", "/api/v1/display/photos/", "/api/v1/display/photos/by-name/",
                "/api/v1/display/playlists/", "/api/v1/display/screen/", "/api/v1/uploads/", "/api/v1/photos/",
                "/api/v1/guest/uploads/", "/api/v1/displays/", "/api/v1/displays/hall/picture/", "/albums/", "/",
            ]
            var files: [String] = []
            for step in Self.steps {
                for depth in 1...6 {
                    let up = String(repeating: step, count: depth)
                    files += [up + "canary.txt"]
                    if depth == 6 { files += [up + "etc/passwd", up + "etc%2fpasswd"] }
                }
                files += [step + "data/canary.txt", "x/" + step + step + "canary.txt"]
            }
            files += [
                "%2fetc%2fpasswd", "/etc/passwd", "file:///etc/passwd", "app.css%00.png", "app.css/../../canary.txt",
                "\(server.folder)/canary.txt", (server.folder + "/canary.txt").replacing("/", with: "%2f"),
                "canary.txt", "library.sqlite", "..%2flibrary.sqlite",
            ]
            let cookie = "Cookie: \(session["cookie"].first ?? "")"
            let bearer = "Authorization: Bearer \(display)"
            var statuses: Set<Substring> = []
            for route in routes {
                let who = route.hasPrefix("/api/v1/display/") ? bearer : cookie
                for batch in Self.batches(files.map { route + $0 }, of: 20) {
                    // Byte for byte: a client library would tidy up the paths.
                    let answers = try await RawConnection.exchangeAll(
                        port: server.port, batch.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\(who)\r\n\r\n" })
                    #expect(!answers.contains(canary), "one of \(batch)")
                    #expect(!answers.contains("root:x:0") && !answers.contains("SQLite format"), "one of \(batch)")
                    let heads = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
                    #expect(heads.count == batch.count, "\(batch)")
                    statuses.formUnion(heads)
                }
            }
            #expect(statuses.isSubset(of: ["400", "401", "403", "404", "405", "422", "303"]), "\(statuses)")
            #expect(statuses.contains("404"))
        }
    }

    private static func batches(_ all: [String], of size: Int) -> [[String]] {
        stride(from: 0, to: all.count, by: size).map { Array(all[$0..<min($0 + size, all.count)]) }
    }

    @Test func `path traversal: names of uploads and of files in archives are names and no places`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let before = try Self.files(of: server)
            let names = [
                "../../evil-1.jpg", "/tmp/evil-2.jpg", "..\\..\\evil-3.jpg", "a/../../../evil-4.jpg",
                "\(server.folder)/evil-5.jpg", "evil-6.jpg\u{0}.txt", ".././evil-7.jpg", "~/evil-8.jpg",
            ]
            for (number, name) in names.enumerated() {
                let bytes = try TestPhoto.bytes(folder: server.folder, seed: 40 + number)
                let encoded = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let answer = try await server.upload(bytes, "/api/v1/photos?filename=\(encoded)", session)
                #expect(answer == .created, "\(name): \(answer)")
            }
            // The same in an archive, beside links and a name that is absolute.
            try TestPhoto.make("\(server.folder)/good.jpg", seed: 60)
            let python = """
                import zipfile, sys
                good = open(sys.argv[1], 'rb').read()
                with zipfile.ZipFile(sys.argv[2], 'w') as z:
                    for n, name in enumerate(['../../evil-10.jpg', '/tmp/evil-11.jpg', '..\\\\..\\\\evil-12.jpg', 'a/../../b/evil-13.jpg']):
                        z.writestr(name, good + bytes([n]))
                    link = zipfile.ZipInfo('evil-14.jpg')
                    link.create_system, link.external_attr = 3, 0o120777 << 16
                    z.writestr(link, '/etc/passwd')
                """
            let made = try ChildProcess(
                "python3", ["-c", python, "\(server.folder)/good.jpg", "\(server.folder)/evil.zip"],
                log: "\(server.folder)/python.log")
            #expect(try await made.finished() == 0, "\(made.output)")
            let archive = ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: "\(server.folder)/evil.zip")))
            let body = #"{"filename":"../../evil.zip","size":\#(archive.readableBytes)}"#
            let (_, _, begun) = try await server.send(.POST, "/api/v1/uploads", session, body)
            let id = try #require(begun.firstMatch(of: /"id":"([0-9a-f-]+)"/)?.output.1)
            #expect(try await server.upload(archive, "/api/v1/uploads/\(id)?offset=0", session, .PATCH) == .ok)

            // All that is there is within the data folder, by hashes and under names of one part.
            let new = try Self.files(of: server).subtracting(before).filter { !$0.hasPrefix("data/") }
            #expect(
                new.allSatisfy { ["evil.zip", "good.jpg", "python.log"].contains($0) || $0.hasPrefix("upload-") },
                "\(new)")
            #expect(try Self.files(of: server).allSatisfy { !$0.hasPrefix("data/") || !$0.contains("evil") })
            #expect(!FileManager.default.fileExists(atPath: "/tmp/evil-2.jpg"))
            #expect(!FileManager.default.fileExists(atPath: "/tmp/evil-11.jpg"))
            let (_, _, list) = try await server.send(.GET, "/api/v1/photos?limit=200", session)
            let kept = list.matches(of: /"name":"([^"]*)"/).map { String($0.output.1) }
            #expect(kept.count >= names.count + 4, "\(kept)")
            #expect(kept.allSatisfy { !$0.contains("/") && !$0.contains("\\") && !$0.hasPrefix(".") }, "\(kept)")
            #expect(!list.contains("root:x:0"))
        }
    }

    private static func files(of server: RunningServer) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: server.folder))
    }

    // MARK: Header injection

    @Test func `header injection: a line break in a name, a path or a header ends no header`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            let cookie = "Cookie: \(session["cookie"].first ?? "")"
            let bearer = "Authorization: Bearer \(try await server.admit("hall"))"
            let breaks = [
                "%0d%0aX-Injected:%201", "%0aX-Injected:%201", "%0d%0a%0d%0a<script>", "%E5%98%8A%E5%98%8DX-Injected:1",
                "%00%0d%0aX-Injected:1", "%u000d%u000aX-Injected:1",
            ]
            // Names that are kept: of photos, albums, groups, tokens, links.
            for (number, text) in breaks.enumerated() {
                let bytes = try TestPhoto.bytes(folder: server.folder, seed: 70 + number)
                #expect(try await server.upload(bytes, "/api/v1/photos?filename=a\(text).jpg", session) == .created)
            }
            let name = #""a\r\nX-Injected: 1\r\n\r\nb""#
            for (path, body) in [
                ("albums", #"{"name":\#(name)}"#), ("groups", #"{"name":\#(name),"displays":[]}"#),
                ("tokens", #"{"name":\#(name),"scopes":["see"]}"#),
                ("photos/changes", #"{"photos":[1],"change":{"title":\#(name),"caption":\#(name)}}"#),
                ("upload-links", #"{"label":\#(name),"album":1}"#),
            ] {
                let (status, headers, text) = try await server.send(.POST, "/api/v1/\(path)", session, body)
                #expect(status.code < 500 && headers["x-injected"].isEmpty, "\(path): \(text)")
            }
            var requests: [String] = []
            for text in breaks {
                for path in [
                    "/signin?next=/a\(text)", "/displays/\(text)", "/displays?a=\(text)", "/albums/\(text)", "/\(text)",
                    "/pair?code=\(text)", "/photos?text=\(text)", "/setup?token=\(text)", "/guest?link=\(text)",
                    "/static/\(text)", "/api/v1/photos/1/thumbnail?v=\(text)", "/api/v1/photos?after=\(text)",
                    "/api/v1/displays/\(text)", "/api/v1/events/\(text)", "/api/v1/nothing\(text)",
                ] {
                    requests.append("GET \(path) HTTP/1.1\r\nHost: x\r\n\(cookie)\r\n\r\n")
                    requests.append("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                }
                requests.append(
                    "GET /api/v1/display/photos/by-name/\(text) HTTP/1.1\r\nHost: x\r\n\(bearer)\r\n\r\n")
            }
            for id in 1...breaks.count {
                requests.append("GET /api/v1/photos/\(id)/thumbnail HTTP/1.1\r\nHost: x\r\n\(cookie)\r\n\r\n")
            }
            for header in [
                "Host: x%0d%0aX-Injected: 1", "Host: x\r\nX-Request-ID: a%0d%0aX-Injected:1",
                "Host: x\r\nIf-None-Match: \"%0d%0aX-Injected: 1\"", "Host: x\r\nRange: bytes=0-1%0d%0aX-Injected: 1",
                "Host: x\r\nOrigin: http://x%0d%0aX-Injected: 1", "Host: x\r\nX-Forwarded-For: a%0d%0aX-Injected: 1",
            ] {
                requests.append("GET /api/v1/photos/1/thumbnail HTTP/1.1\r\n\(header)\r\n\(cookie)\r\n\r\n")
                requests.append("GET /displays HTTP/1.1\r\n\(header)\r\n\r\n")
            }
            var answered = 0
            for request in requests {
                let answer = try await RawConnection.exchange(
                    port: server.port, request.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
                let head = answer.components(separatedBy: "\r\n\r\n")[0]
                #expect(!answer.isEmpty && head.components(separatedBy: "HTTP/1.1").count == 2, "\(request)")
                let lines = head.components(separatedBy: .newlines)
                #expect(!lines.contains { $0.lowercased().hasPrefix("x-injected") }, "\(request): \(head)")
                #expect(!head.contains("<script>"), "\(request): \(head)")
                answered += 1
            }
            #expect(answered > 190)
        }
    }

    // MARK: Session fixation

    @Test func `session fixation: a session begins with a secret of its own, and ends where it should`() async throws {
        try await RunningServer.withServer { server in
            let first = try await server.signIn()
            let chosen = "vitrine-session=\(String(repeating: "A", count: 43))"
            let login = "name=ada&password=four+words+in+a+row"
            func signIn(_ cookie: String?) async throws -> (cookie: String, attributes: String) {
                var headers = Self.form
                if let cookie { headers.add(name: "cookie", value: cookie) }
                let (status, answer, _) = try await server.send(.POST, "/signin", headers, login)
                #expect(status == .seeOther)
                let text = try #require(answer["set-cookie"].first)
                return (String(text.prefix { $0 != ";" }), text)
            }
            func isAlive(_ cookie: String) async throws -> Bool {
                try await server.send(.GET, "/api/v1/session", ["cookie": cookie]).0 == .ok
            }
            // Chosen by somebody else beforehand, in a cookie or in the address.
            #expect(try await !isAlive(chosen))
            let mine = try await signIn(chosen)
            #expect(mine.cookie != chosen && mine.attributes.contains("HttpOnly"))
            #expect(mine.attributes.contains("SameSite=Lax") && mine.attributes.contains("Path=/"))
            #expect(try await isAlive(mine.cookie))
            #expect(try await !isAlive(chosen))
            let (_, address, _) = try await server.send(.GET, "/signin?session=\(chosen)&vitrine-session=x")
            #expect(address["set-cookie"].isEmpty)
            // A living session that was planted is not the one that is signed in to either.
            let second = try await signIn(mine.cookie)
            #expect(second.cookie != mine.cookie)
            #expect(try await !isAlive(mine.cookie), "the one that was there before ends")

            // A new password ends all others, and replaces the one that changed it.
            let other = try await signIn(nil)
            let (_, _, text) = try await server.send(.GET, "/api/v1/session", ["cookie": second.cookie])
            let token = try #require(text.firstMatch(of: /"csrfToken":"([^"]+)"/)?.output.1)
            let (status, changed, _) = try await server.send(
                .POST, "/api/v1/session/password",
                ["cookie": second.cookie, "x-csrf-token": String(token), "content-type": "application/json"],
                #"{"present":"four words in a row","password":"five other words in a row"}"#)
            #expect(status == .ok)
            let after = try #require(changed["set-cookie"].first.map { String($0.prefix { $0 != ";" }) })
            for ended in [other.cookie, second.cookie, first["cookie"].first ?? ""] {
                #expect(try await !isAlive(ended))
            }
            #expect(try await isAlive(after))

            // Signing out ends it on the server, not in the browser alone.
            let (_, _, own) = try await server.send(.GET, "/api/v1/session", ["cookie": after])
            let csrf = try #require(own.firstMatch(of: /"csrfToken":"([^"]+)"/)?.output.1)
            var headers = Self.form
            headers.add(name: "cookie", value: after)
            #expect(try await server.send(.POST, "/signout", headers, "csrf=\(csrf)").0 == .seeOther)
            #expect(try await !isAlive(after))
        }
    }

    // MARK: Bodies

    @Test(.timeLimit(.minutes(2)))
    func `bodies without end are refused on every kind of route, and take no memory`() async throws {
        try await RunningServer.withServer { server in
            let session = try await server.signIn()
            var who = ""
            for (name, value) in session where name != "content-type" { who += "\(name): \(value)\r\n" }
            let bearer = "Authorization: Bearer \(try await server.admit("hall"))\r\n"
            let json = "Content-Type: application/json\r\n"
            let (_, _, begun) = try await server.send(
                .POST, "/api/v1/uploads", session, #"{"filename":"a.jpg","size":1000000}"#)
            let upload = try #require(begun.firstMatch(of: /"id":"([0-9a-f-]+)"/)?.output.1)
            let before = try #require(server.memory)
            for (request, headers, expected) in [
                ("POST /signin", "Content-Type: application/x-www-form-urlencoded\r\n", ["413"]),
                ("POST /api/v1/session", json, ["413"]),
                ("POST /api/v1/albums", json + who, ["413"]),
                ("PATCH /api/v1/displays/hall", json + who, ["413"]),
                ("PUT /api/v1/display/status", json + bearer, ["413"]),
                ("PUT /api/v1/display/screen/x", "Content-Type: image/png\r\n" + bearer, ["413", "404"]),
                ("PATCH /api/v1/uploads/\(upload)?offset=0", who, ["409"]),
                // Answered without being read: to strangers, and where there is nothing to read.
                ("POST /api/v1/albums", json, ["401"]), ("POST /nothing", "", ["404"]), ("GET /health", "", ["200"]),
                ("POST /api/v1/display/registrations", json, ["413"]),
            ] {
                let answer = try await RawConnection.flood(
                    port: server.port,
                    "\(request) HTTP/1.1\r\nHost: x\r\n\(headers)Transfer-Encoding: chunked\r\n\r\n")
                let status = answer.dropFirst("HTTP/1.1 ".count).prefix(3)
                // A reset may overtake the answer where the sender does not read.
                #expect(answer.isEmpty || expected.contains(String(status)), "\(request): \(answer.prefix(300))")
            }
            #expect(try await server.send(.GET, "/health").0 == .ok)
            let grown = try #require(server.memory) - before
            #expect(grown < 100 << 20, "it grew by \(grown >> 20) MiB")
        }
    }

    @Test func `JSON that is costly to read is refused before it is read`() async throws {
        try await RunningServer.withServer { server in
            let nested = String(repeating: "[", count: 500_000)
            let many = #"{"name":["# + String(repeating: "1,", count: 500_000) + "1]}"
            let keys = "{" + (0..<90_000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}"
            let clock = ContinuousClock()
            for body in [nested, many, keys] {
                let began = clock.now
                let (status, _, text) = try await server.send(
                    .POST, "/api/v1/session", ["content-type": "application/json"], body)
                #expect(status == .payloadTooLarge && text.contains("too-many-values"), "\(text)")
                #expect(clock.now - began < .seconds(5))
            }
        }
    }
}

extension RunningServer {
    /// Lets a browser in as a display, and returns its token.
    func admit(_ id: String) async throws -> String {
        let local = try String(contentsOfFile: "\(self.folder)/data/display-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let (_, _, text) = try await self.send(
            .POST, "/api/v1/display/registrations", ["content-type": "application/json"],
            #"{"id":"\#(id)","secret":"a secret of \#(id), made by it","kind":"browser","width":640,"height":360,"token":"\#(local)"}"#
        )
        guard let token = text.firstMatch(of: /"token":"([^"]+)"/)?.output.1 else {
            throw NotInTime(description: "the display was not let in: \(text)")
        }
        return String(token)
    }

    func upload(
        _ bytes: ByteBuffer, _ path: String, _ headers: HTTPHeaders, _ method: HTTPMethod = .POST
    ) async throws -> HTTPResponseStatus {
        var request = HTTPClientRequest(url: self.base + path)
        request.method = method
        request.headers = headers
        request.headers.replaceOrAdd(name: "content-type", value: "application/octet-stream")
        request.body = .bytes(bytes)
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        _ = try await response.body.collect(upTo: 1 << 20)
        return response.status
    }

    /// What it has in memory, in bytes.
    var memory: Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(self.process.identifier)/status", encoding: .utf8) else {
            return nil
        }
        return text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            .flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }.map { $0 << 10 }
    }
}
