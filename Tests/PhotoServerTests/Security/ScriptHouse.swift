import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import PhotoServer

/// A text that becomes a script where it is taken for HTML, in an element or in an attribute; another one for each field.
enum HostileText {
    static func of(_ field: String) -> String {
        // A file's name has no slash.
        // At most 20 characters.
        if field == "log_level" { return "<svg onload=ran=1>" }
        let isFile = ["file", "renamed", "binned"].contains(field)
        let rest = isFile ? "<svg onload=ran=1>.jpg" : "<script>ran=1</script>"
        return "\(field)\"'><img src=x onerror=ran=1>\(rest)"
    }

    static func encoded(_ field: String) -> String {
        Self.of(field).addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

/// A server in which every text that can be written is hostile.
struct ScriptHouse: Sendable {
    static let password = "four words in a row"

    let server: RunningServer
    let session: HTTPHeaders
    let album: Int
    /// The one with a title.
    let photo: Int
    let smartAlbum: Int
    let guestLink: String
    let invitation: String
    let pairingCode: String
    /// What a display sends with its requests.
    private let hall: HTTPHeaders

    init(_ server: RunningServer) async throws {
        self.server = server
        self.session = try await Self.setUp(server)
        let session = self.session
        func api(_ method: HTTPMethod, _ path: String, _ body: [String: any Sendable]) async throws -> [String: Any] {
            try await Self.call(server, session, method, path, body)
        }
        func id(_ answer: [String: Any]) throws -> Int { try #require(answer["id"] as? Int) }
        func token(_ answer: [String: Any]) throws -> String {
            try #require((answer["url"] as? String)?.components(separatedBy: "=").last)
        }
        self.album = try id(try await api(.POST, "albums", ["name": HostileText.of("album")]))
        let photo = try await Self.addPhotos(server, session, album: self.album)
        self.photo = photo.first
        let change: [String: any Sendable] = [
            "title": HostileText.of("title"), "caption": HostileText.of("caption"),
            "addKeywords": [HostileText.of("keyword")],
        ]
        _ = try await api(.POST, "photos/changes", ["photos": [photo.first], "change": change])
        let renaming = ["name": HostileText.of("renamed")]
        _ = try await api(.POST, "photos/changes", ["photos": [photo.second], "change": renaming])
        _ = try await api(.POST, "photos/changes", ["photos": [photo.third], "change": ["bin": true]])
        let either: [[String: any Sendable]] = [
            ["field": "title", "is": "contains", "value": "title"],
            ["field": "caption", "is": "contains", "value": HostileText.of("rule")],
        ]
        self.smartAlbum = try id(
            try await api(.POST, "albums", ["name": HostileText.of("smart"), "rule": ["any": either]]))
        _ = try await api(.POST, "tokens", ["name": HostileText.of("token"), "scopes": ["see"]])
        _ = try await api(.POST, "uploads", ["filename": HostileText.of("unfinished"), "size": 1000])
        self.guestLink = try token(
            try await api(.POST, "upload-links", ["label": HostileText.of("label"), "album": self.album]))

        // Somebody who was invited, and an invitation that waits.
        let accepted = try token(try await api(.POST, "invitations", ["role": "viewer"]))
        _ = try await Self.form(server, "/invite", ["token": accepted, "name": HostileText.of("second")])
        self.invitation = try token(try await api(.POST, "invitations", ["role": "viewer"]))

        // A display that was let in and says how it is, one that waits, and a group.
        self.hall = [
            "authorization": "Bearer \(try await server.admit("hall"))", "content-type": "application/json",
        ]
        let description: [String: any Sendable] = [
            "description": HostileText.of("description"), "log_level": HostileText.of("log_level"),
        ]
        _ = try await api(
            .PATCH, "displays/hall",
            ["name": HostileText.of("display"), "album": self.album, "settings": description])
        try await Self.report(server, self.hall)
        _ = try await api(
            .POST, "groups", ["name": HostileText.of("group"), "album": self.album, "displays": ["hall"]])
        let line: [String: any Sendable] = ["album": self.album, "from": "06:00", "to": "07:00"]
        _ = try await api(.PUT, "displays/hall/schedule", ["rules": [line]])
        let waiting = try await api(
            .POST, "display/registrations",
            [
                "id": "waiting", "secret": "a secret of the one that waits", "kind": "browser", "width": 640,
                "height": 360, "name": HostileText.of("waiting"),
            ])
        self.pairingCode = try #require(waiting["code"] as? String)
    }

    /// Has the display say how it is. What it said is forgotten when it says nothing for a while.
    func report() async throws { try await Self.report(self.server, self.hall) }

    private static func report(_ server: RunningServer, _ hall: HTTPHeaders) async throws {
        let status = """
            {"showing":\(Self.json("showing")),"next":\(Self.json("next")),"version":\(Self.json("version")),\
            "ip":\(Self.json("ip")),"warnings":[\(Self.json("warning"))],"connector":\(Self.json("connector")),\
            "mode":\(Self.json("mode")),"transport":\(Self.json("transport")),"power_by":[\(Self.json("power"))]}
            """
        let (reported, _, text) = try await server.send(.PUT, "/api/v1/display/status", hall, status)
        guard reported.code < 300 else { throw NotInTime(description: "the status was answered: \(text)") }
    }

    func api(_ method: HTTPMethod, _ path: String, _ body: [String: any Sendable]) async throws -> [String: Any] {
        try await Self.call(self.server, self.session, method, path, body)
    }

    private static func call(
        _ server: RunningServer, _ session: HTTPHeaders, _ method: HTTPMethod, _ path: String,
        _ body: [String: any Sendable]
    ) async throws -> [String: Any] {
        let data = try JSONSerialization.data(withJSONObject: body)
        let (status, _, text) = try await server.send(
            method, "/api/v1/\(path)", session, String(decoding: data, as: UTF8.self))
        guard status.code < 300 else { throw NotInTime(description: "\(path) answered \(status): \(text)") }
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    private static func json(_ field: String) -> String {
        String(decoding: (try? JSONEncoder().encode(HostileText.of(field))) ?? Data(), as: UTF8.self)
    }

    /// Sends a form with a password, and returns the cookie of the session that begins.
    private static func form(_ server: RunningServer, _ path: String, _ fields: [String: String]) async throws -> String
    {
        let body = fields.merging(["password": Self.password]) { $1 }.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }.joined(separator: "&")
        let (status, headers, text) = try await server.send(
            .POST, path,
            ["content-type": "application/x-www-form-urlencoded", "user-agent": HostileText.of("agent")], body)
        guard status == .seeOther, let cookie = headers["set-cookie"].first else {
            throw NotInTime(description: "\(path) answered \(status): \(text)")
        }
        return String(cookie.prefix { $0 != ";" })
    }

    private static func setUp(_ server: RunningServer) async throws -> HTTPHeaders {
        let token = try String(contentsOfFile: "\(server.folder)/data/setup-token", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let cookie = try await Self.form(server, "/setup", ["token": token, "name": HostileText.of("user")])
        let (_, _, text) = try await server.send(.GET, "/api/v1/session", ["cookie": cookie])
        let csrf = try #require(text.firstMatch(of: /"csrfToken":"([^"]+)"/)?.output.1)
        return ["cookie": cookie, "x-csrf-token": String(csrf), "content-type": "application/json"]
    }

    /// Three photos with hostile names, the first with a hostile camera and lens too.
    private static func addPhotos(
        _ server: RunningServer, _ session: HTTPHeaders, album: Int
    ) async throws -> (first: Int, second: Int, third: Int) {
        var numbers: [Int] = []
        for (seed, name) in ["file", "other", "binned"].enumerated() {
            var bytes = Array(try TestPhoto.bytes(folder: server.folder, seed: 80 + seed).readableBytesView)
            if name == "file" {
                bytes.insert(
                    contentsOf: Self.exif(camera: HostileText.of("camera"), lens: HostileText.of("lens")), at: 2)
            }
            let status = try await server.upload(
                ByteBuffer(bytes: bytes), "/api/v1/photos?filename=\(HostileText.encoded(name))&album=\(album)", session
            )
            guard status == .created else { throw NotInTime(description: "\(name) was answered \(status)") }
            numbers.append(seed + 1)
        }
        return (numbers[0], numbers[1], numbers[2])
    }

    /// An APP1 segment with Model (0x0110) and, in the Exif part, LensModel (0xA434), as Exif 2.32 has them.
    private static func exif(camera: String, lens: String) -> [UInt8] {
        let (model, lensModel) = (Array(camera.utf8) + [0], Array(lens.utf8) + [0])
        func entry(_ tag: UInt16, _ type: UInt16, _ count: Int, _ value: Int) -> [UInt8] {
            [UInt8(tag & 0xFF), UInt8(tag >> 8), UInt8(type), 0]
                + [count, value].flatMap { number in (0..<4).map { UInt8(number >> (8 * $0) & 0xFF) } }
        }
        let exifOffset = 8 + 2 + 24 + 4
        let texts = exifOffset + 2 + 12 + 4
        let tiff: [UInt8] =
            [0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0] + entry(0x0110, 2, model.count, texts)
            + entry(0x8769, 4, 1, exifOffset) + [0, 0, 0, 0, 1, 0]
            + entry(0xA434, 2, lensModel.count, texts + model.count) + [0, 0, 0, 0] + model + lensModel
        let segment = Array("Exif\0\0".utf8) + tiff
        let length = segment.count + 2
        return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)] + segment
    }
}
