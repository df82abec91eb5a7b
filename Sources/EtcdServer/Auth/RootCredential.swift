import EtcdStorage
import EtcdStore
import Foundation

/// Sees to it that a store which others can reach has a root user and asks for a login.
struct RootCredential {
    static let fileName = "root-password"

    let dataDirectory: String
    let store: DurableStore

    /// - Throws: ``EtcdServerError`` if the password's file cannot be written.
    func provide() async throws {
        let auth = self.store.withStore { $0.committedAuth }
        if auth.user(AuthUser.root) == nil {
            let password = Self.randomPassword()
            // Before the user is there: a password that nobody was told would lock everybody out.
            try self.write(password)
            try await self.change(.addUser(AuthUser.root, passwordHash: try PasswordHash(of: password).text))
        }
        if auth.role(AuthUser.root) == nil { try await self.change(.addRole(AuthUser.root)) }
        try await self.change(.grantRole(user: AuthUser.root, role: AuthUser.root))
        try await self.change(.enable)
    }

    private func change(_ command: AuthCommand) async throws {
        let result: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            self.store.submit(
                { store, _ throws(StoreError) in try store.changeAuth(command) },
                completion: { continuation.resume(returning: $0) })
        }
        if case .failure(let error) = result {
            throw EtcdServerError(.storage, "The login could not be switched on: \(error). Look into the server's log.")
        }
    }

    /// 160 bits in letters and digits.
    private static func randomPassword() -> String {
        let symbols = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<32).map { _ in symbols[Int.random(in: 0..<symbols.count, using: &generator)] })
    }

    private func write(_ password: String) throws {
        let path = "\(self.dataDirectory)/\(Self.fileName)"
        let temporary = path + ".tmp"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data("\(password)\n".utf8), attributes: [.posixPermissions: 0o600]),
            rename(temporary, path) == 0
        else {
            throw EtcdServerError(.storage, "Cannot write \(path). Give this user the right to write there.")
        }
    }
}
