import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/tokens`: one's own secrets for programs.
struct TokensController: Sendable {
    let accounts: Accounts
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("tokens", use: self.list)
        router.post("tokens", use: self.make)
        router.delete("tokens/{id}", use: self.delete)
    }

    private struct Token: Encodable {
        let id: Int64
        let name: String
        let scopes: [String]
        let createdAt: Date
        let expiresAt: Date
        let lastUsedAt: Date?
        /// The secret; only in the answer that makes it.
        var secret: String?

        init(_ record: APITokenRecord, secret: String? = nil) {
            self.id = record.id
            self.name = record.name
            self.scopes = record.scopes.split(separator: " ").map(String.init)
            self.createdAt = record.createdAt
            self.expiresAt = record.expiresAt
            self.lastUsedAt = record.lastUsedAt
            self.secret = secret
        }
    }

    private struct Tokens: Encodable { let tokens: [Token] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(Tokens(tokens: try await self.library.apiTokens(of: context.session.userID).map { Token($0) }))
    }

    private struct Wish: Decodable {
        let name: String
        let scopes: [String]
        let days: Int?
    }

    private func make(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let wish = try await request.json(Wish.self)
        let scopes = wish.scopes.compactMap(Scope.init(rawValue:))
        guard scopes.count == wish.scopes.count, scopes.count <= 100 else {
            throw Problem(
                .unprocessableContent, "scope-invalid",
                "A scope is one of \(Scope.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let (record, secret) = try await self.accounts.makeToken(
            named: wish.name, scopes: Set(scopes), days: wish.days ?? 365, for: context.session)
        return try .json(Token(record, secret: secret), status: .created)
    }

    private func delete(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let id = context.parameters.get("id", as: Int64.self) else { throw Problem.notFound }
        try await self.library.deleteAPIToken(id, of: context.session.userID)
        return Response(status: .noContent)
    }
}
