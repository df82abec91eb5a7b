import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import TestSupport

/// The server's API, as a program would use it.
final class HouseAPI: Sendable {
    struct Refused: Error, CustomStringConvertible {
        let status: UInt
        let description: String
    }

    struct Display: Decodable, Sendable {
        /// What became of the newest command.
        struct Command: Decodable, Sendable {
            let revision: Int64
            let state: String
        }

        let id: String
        let name: String
        let liveness: String
        let deliveryState: String
        let album: Int64?
        let showingName: String?
        let receivedRevision: Int64?
        let appliedRevision: Int64?
        let publishedRevision: Int64?
        let command: Command?
        let transport: String?
        let warnings: [String]
    }

    static let user = "ada"
    static let password = "four words in a row"

    let base: String
    private let session = LockedBox<(cookie: String, csrf: String)>(("", ""))

    init(base: String) { self.base = base }

    func isHealthy() async throws -> Bool {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "\(self.base)/health"), timeout: .seconds(2))
        return response.status == .ok
    }

    /// Makes the administrator with the one-time token and signs in.
    func setUp(token: String) async throws {
        var request = HTTPClientRequest(url: "\(self.base)/setup")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        let form = ["token": token, "name": Self.user, "password": Self.password]
            .map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        request.body = .bytes(ByteBuffer(string: form.joined(separator: "&")))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        guard (200..<400).contains(response.status.code) else {
            throw Refused(status: response.status.code, description: "set-up: \(response.status)")
        }
        try await self.signIn()
    }

    func signIn() async throws {
        struct Session: Decodable { let csrfToken: String }
        let body = try JSONEncoder().encode(["name": Self.user, "password": Self.password])
        let (data, headers) = try await self.call(.POST, "session", body)
        let cookie = headers["set-cookie"].first?.split(separator: ";").first.map(String.init) ?? ""
        self.session.value = (cookie, try JSONDecoder().decode(Session.self, from: data).csrfToken)
    }

    func displays() async throws -> [Display] {
        let (data, _) = try await self.call(.GET, "displays")
        if let list = try? JSONDecoder().decode([Display].self, from: data) { return list }
        return try JSONDecoder().decode([String: [Display]].self, from: data)["displays"] ?? []
    }

    func display(_ id: String) async throws -> Display {
        try JSONDecoder().decode(Display.self, from: try await self.call(.GET, "displays/\(id)").0)
    }

    /// Changes a display; when this returns, the change was acknowledged.
    func change(_ display: String, _ members: [String: any Sendable]) async throws {
        _ = try await self.call(.PATCH, "displays/\(display)", try JSONSerialization.data(withJSONObject: members))
    }

    /// Lets in the display that shows this code.
    ///
    /// - Returns: Its id.
    func pair(_ code: String, name: String, album: Int64) async throws -> String {
        let members: [String: any Sendable] = ["code": code, "name": name, "album": album]
        _ = try await self.call(.POST, "pairings", try JSONSerialization.data(withJSONObject: members))
        return try await eventually("\(name) being a display") {
            try await self.displays().first { $0.name == name }?.id
        }
    }

    /// - Returns: The command's revision.
    @discardableResult
    func order(_ display: String, _ order: String) async throws -> Int64 {
        struct Sent: Decodable { let revision: Int64 }
        let (data, _) = try await self.call(.POST, "displays/\(display)/\(order)", Data("{}".utf8))
        return try JSONDecoder().decode(Sent.self, from: data).revision
    }

    func remove(_ display: String) async throws {
        _ = try await self.call(.DELETE, "displays/\(display)")
    }

    func createAlbum(_ name: String) async throws -> Int64 {
        struct Album: Decodable { let id: Int64 }
        let (data, _) = try await self.call(.POST, "albums", try JSONEncoder().encode(["name": name]))
        return try JSONDecoder().decode(Album.self, from: data).id
    }

    func upload(_ path: String, into album: Int64) async throws {
        let name =
            URL(fileURLWithPath: path).lastPathComponent
            .addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "photo"
        _ = try await self.call(
            .POST, "photos?filename=\(name)&album=\(album)", try Data(contentsOf: URL(fileURLWithPath: path)),
            type: "application/octet-stream", limit: .seconds(90))
    }

    /// Asks a display for a picture of its screen, and returns the JPEG.
    func picture(of display: String) async throws -> [UInt8] {
        struct Asked: Decodable { let request: String }
        let (asked, _) = try await self.call(.POST, "displays/\(display)/picture", Data("{}".utf8))
        let request = try JSONDecoder().decode(Asked.self, from: asked).request
        return [UInt8](try await self.call(.GET, "displays/\(display)/picture/\(request)").0)
    }

    private func call(
        _ method: HTTPMethod, _ path: String, _ body: Data? = nil, type: String = "application/json",
        limit: TimeAmount = .seconds(30)
    ) async throws -> (Data, HTTPHeaders) {
        var request = HTTPClientRequest(url: "\(self.base)/api/v1/\(path)")
        request.method = method
        let (cookie, csrf) = self.session.value
        if !cookie.isEmpty {
            request.headers.add(name: "cookie", value: cookie)
            request.headers.add(name: "x-csrf-token", value: csrf)
        }
        if let body {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(data: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: limit)
        let data = Data(buffer: try await response.body.collect(upTo: 32 << 20))
        guard (200..<300).contains(response.status.code) else {
            let text = String(decoding: data, as: UTF8.self)
            throw Refused(status: response.status.code, description: "\(method) \(path): \(response.status) \(text)")
        }
        return (data, response.headers)
    }
}
