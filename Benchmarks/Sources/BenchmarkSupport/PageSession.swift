import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The requests that the page makes, with the page's own session.
package final class PageSession: Sendable {
    package struct Display: Decodable {
        package let id: String
        package let liveness: String
        package let showingName: String?
        package let settings: Settings

        package struct Settings: Decodable { package let brightness: String }
    }

    private struct Session: Decodable { let csrfToken: String }

    private let base: String
    private let client: URLSession
    private let csrf = Mutex("")

    package init(base: String) {
        self.base = base
        // An ephemeral session keeps the cookie, as a browser does, and no cache.
        self.client = URLSession(configuration: .ephemeral)
    }

    package func isHealthy() async throws -> Bool {
        guard let url = URL(string: "\(self.base)/health") else { return false }
        let (_, response) = try await self.client.data(from: url)
        return (response as? HTTPURLResponse)?.statusCode == 200
    }

    package func setUp(token: String) async throws {
        let password = "four words in a row"
        let form = "token=\(token)&name=bench&password=\(password.replacingOccurrences(of: " ", with: "+"))"
        try await self.request(
            "POST", "\(self.base)/setup", Data(form.utf8), type: "application/x-www-form-urlencoded")
        let session = try await self.get(Session.self, "session")
        self.csrf.withLock { $0 = session.csrfToken }
    }

    package func get<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
        let data = try await self.request("GET", "\(self.base)/api/v1/\(path)", nil)
        if let value = try? JSONDecoder().decode(Value.self, from: data) { return value }
        // A list comes in an object, under its own name.
        guard let value = try JSONDecoder().decode([String: Value].self, from: data)[path] else {
            throw Installation.Failure(description: "\(path) gave \(String(decoding: data, as: UTF8.self))")
        }
        return value
    }

    package func send(_ method: String, _ path: String, _ body: Data) async throws {
        try await self.request(method, "\(self.base)/api/v1/\(path)", body)
    }

    @discardableResult
    private func request(
        _ method: String, _ address: String, _ body: Data?, type: String = "application/json"
    ) async throws -> Data {
        guard let url = URL(string: address) else { throw Installation.Failure(description: "bad address \(address)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        request.setValue(type, forHTTPHeaderField: "content-type")
        request.setValue(self.csrf.withLock { $0 }, forHTTPHeaderField: "x-csrf-token")
        let (data, response) = try await self.client.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200..<300).contains(status) else {
            throw Installation.Failure(
                description: "\(method) \(address): \(status) \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }
}
