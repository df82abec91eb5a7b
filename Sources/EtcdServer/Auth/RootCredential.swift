import EtcdStorage
import EtcdStore
import Foundation

/// Sees to it that a store which others can reach has a root user and asks for a login.
struct RootCredential {
    static let fileName = "root-password"

    let dataDirectory: String
    let store: DurableStore

    private var path: String { "\(self.dataDirectory)/\(Self.fileName)" }

    /// Makes the user unless it is there, whoever knows its password then.
    ///
    /// - Throws: ``EtcdServerError`` if the password's file cannot be written.
    func provide() async throws {
        if self.store.withStore({ $0.committedAuth.user(AuthUser.root) }) == nil {
            try await self.set(Self.randomPassword())
        }
        try await self.enable()
    }

    /// Makes the user, or gives it back the password of the file: the store may come from a backup, or somebody changed
    /// the password.
    ///
    /// - Throws: ``EtcdServerError`` if the password's file cannot be read or written.
    func take() async throws -> String {
        let known = try self.read()
        let password = known ?? Self.randomPassword()
        let hash = self.store.withStore { $0.committedAuth.user(AuthUser.root)?.passwordHash }
        let isRight = try hash.flatMap(PasswordHash.init)?.matches(password) ?? false
        if known == nil || !isRight { try await self.set(password) }
        try await self.enable()
        return password
    }

    private func set(_ password: String) async throws {
        // First the file: a password that nobody was told would lock everybody out.
        try self.write(password)
        let hash = try PasswordHash(of: password).text
        let isThere = self.store.withStore { $0.committedAuth.user(AuthUser.root) } != nil
        try await self.change(
            isThere
                ? .changePassword(user: AuthUser.root, hash: hash) : .addUser(AuthUser.root, passwordHash: hash))
    }

    private func enable() async throws {
        let auth = self.store.withStore { $0.committedAuth }
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

    private func read() throws -> String? {
        guard FileManager.default.fileExists(atPath: self.path) else { return nil }
        guard let text = try? String(contentsOfFile: self.path, encoding: .utf8) else {
            throw EtcdServerError(.storage, "Cannot read \(self.path). Give this user the right to read it.")
        }
        let password = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return password.isEmpty ? nil : password
    }

    private func write(_ password: String) throws {
        let path = self.path
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
