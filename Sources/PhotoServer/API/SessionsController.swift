import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/sessions`: the browsers in which one is signed in.
struct SessionsController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("sessions", use: self.list)
        router.delete("sessions/{id}", use: self.end)
    }

    private struct Session: Encodable {
        let id: String
        /// What the browser calls itself.
        let agent: String?
        let address: String?
        let createdAt: Date
        let expiresAt: Date
        /// Whether it is the one that asks.
        let isCurrent: Bool
    }

    private struct Sessions: Encodable { let sessions: [Session] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let sessions = try await self.library.sessions(of: context.session.userID).map {
            Session(
                id: $0.handle, agent: $0.agent, address: $0.address, createdAt: $0.createdAt,
                expiresAt: $0.expiresAt, isCurrent: $0.tokenHash == context.session.tokenHash)
        }
        return try .json(Sessions(sessions: sessions))
    }

    private func end(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let handle = try context.parameters.require("id")
        guard try await self.library.endSessions(of: context.session.userID, handle: handle) > 0 else {
            throw Problem(.notFound, "session-not-found", "There is no such session; it may have ended.")
        }
        return Response(status: .noContent)
    }
}
