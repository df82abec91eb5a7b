import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// `/api/v1/users` and `/api/v1/invitations`: who has an account, and who is asked to make one.
struct UsersController: Sendable {
    let accounts: Accounts
    let library: PhotoLibrary
    let site: Site

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("users", use: self.list)
        router.patch("users/{id}", use: self.change)
        router.delete("users/{id}", use: self.remove)
        router.post("users/{id}/disable") { try await self.setDisabled(true, $1) }
        router.post("users/{id}/enable") { try await self.setDisabled(false, $1) }
        router.delete("users/{id}/sessions", use: self.endSessions)
        router.post("users/{id}/password-link", use: self.linkToNewPassword)
        router.get("invitations", use: self.invitations)
        router.post("invitations", use: self.invite)
        router.delete("invitations/{id}", use: self.takeBack)
    }

    private struct User: Encodable {
        let id: Int64
        let name: String
        let role: String
        let createdAt: Date
        /// Browsers that are signed in.
        let sessions: Int
        /// Since when nobody can use the account; absent where it can be used.
        let disabledAt: Date?
    }

    private struct Users: Encodable { let users: [User] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        var users: [User] = []
        for user in try await self.library.users() { users.append(try await self.view(user)) }
        return try .json(Users(users: users))
    }

    private func view(_ user: UserRecord) async throws -> User {
        User(
            id: user.id.rawValue, name: user.name, role: user.role, createdAt: user.createdAt,
            sessions: try await self.library.sessions(of: user.id).count, disabledAt: user.disabledAt)
    }

    private struct Change: Decodable { let role: String }

    private func change(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try context.userID
        let role = try Role(checking: try await request.json(Change.self).role)
        try await self.library.setRole(role.rawValue, of: id, keeping: Role.administrator.rawValue)
        guard let user = try await self.library.user(id) else { throw Problem.userNotFound }
        return try .json(try await self.view(user))
    }

    private func remove(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.library.deleteUser(try context.userID, keeping: Role.administrator.rawValue)
        return Response(status: .noContent)
    }

    private func setDisabled(_ isDisabled: Bool, _ context: BrowserContext) async throws -> Response {
        let user = try await self.library.setDisabled(
            isDisabled, try context.userID, keeping: Role.administrator.rawValue)
        return try .json(try await self.view(user))
    }

    private func endSessions(_ request: Request, _ context: BrowserContext) async throws -> Response {
        _ = try await self.library.endSessions(of: try context.userID, except: context.session.tokenHash)
        return Response(status: .noContent)
    }

    // MARK: Links

    private struct Link: Encodable {
        let id: Int64
        /// What the new account may do, or what one does that is there.
        let role: String
        let madeBy: String
        let expiresAt: Date
        /// The link itself; only in the answer that makes it.
        var url: String?

        init(_ link: AccountLink, role: String? = nil, url: String? = nil) {
            self.id = link.id
            self.role = role ?? link.role
            self.madeBy = link.madeBy
            self.expiresAt = link.expiresAt
            self.url = url
        }
    }

    private struct Links: Encodable { let invitations: [Link] }
    private struct Invitation: Decodable { let role: String }

    private func invitations(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let links = try await self.library.accountLinks().filter { $0.userID == nil }
        return try .json(Links(invitations: links.map { Link($0) }))
    }

    private func invite(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let role = try Role(checking: try await request.json(Invitation.self).role)
        let new = try await self.accounts.invite(role: role, by: context.session)
        return try .json(
            Link(new.link, url: self.site.url(path: "/invite?token=\(new.token)", of: request)), status: .created)
    }

    private func takeBack(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let id = context.parameters.get("id", as: Int64.self) else { throw Problem.notFound }
        try await self.library.deleteAccountLink(id)
        return Response(status: .noContent)
    }

    private func linkToNewPassword(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try context.userID
        guard let user = try await self.library.user(id) else { throw Problem.userNotFound }
        let new = try await self.accounts.linkToNewPassword(for: id, by: context.session)
        return try .json(
            Link(new.link, role: user.role, url: self.site.url(path: "/reset?token=\(new.token)", of: request)),
            status: .created)
    }
}

extension Role {
    /// - Throws: A ``Problem`` that names the roles there are.
    init(checking text: String) throws {
        guard let role = Role(rawValue: text) else {
            throw Problem(
                .unprocessableContent, "role-unknown",
                "A role is one of \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        self = role
    }
}

extension Problem {
    static let userNotFound = Problem(.notFound, "user-not-found", "There is no such user.")
}

extension BrowserContext {
    /// The `{id}` of a user's path.
    fileprivate var userID: UserID {
        get throws {
            guard let number = self.parameters.get("id", as: Int64.self) else { throw Problem.userNotFound }
            return UserID(number)
        }
    }
}

extension Site {
    /// The address of a path for whoever asked by `request`.
    func url(path: String, of request: Request) -> String {
        self.url(path: path, listening: request.head.authority ?? "localhost")
    }

    /// Where a request comes from, as the list of sessions tells it.
    func origin(_ request: Request, peer: SocketAddress?) -> Accounts.Origin {
        Accounts.Origin(address: self.clientAddress(request, peer: peer), agent: request.headers[.userAgent])
    }
}
