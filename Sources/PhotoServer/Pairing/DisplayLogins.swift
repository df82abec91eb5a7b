import Crypto
import DisplayChannel
import EtcdClient
import Foundation
import Logging

/// The users of displays in the mediator: each display has one of its own, that reads its own keys, writes its own
/// status, and can do nothing else.
///
/// Passwords are not kept: each follows from the display's id and a key in the data folder. So giving a display its user
/// can be begun anew at any time, after a crash, after an answer that was lost, or in an etcd that was wiped, and ends in
/// the same.
struct DisplayLogins: Sendable {
    /// What a display shows the mediator.
    struct Login: Sendable, Equatable {
        let user: String
        let password: String
    }

    static let keyFile = "display-logins-key"

    let users: MediatorUsers
    private let key: SymmetricKey
    private let logger: Logger

    /// - Parameter dataDirectory: Where the key is kept; it is made at the first start.
    init(users: MediatorUsers, dataDirectory: String, logger: Logger) throws {
        self.users = users
        self.logger = logger
        let path = "\(dataDirectory)/\(Self.keyFile)"
        if let text = PrivateFile.read(path), let data = Data(base64Encoded: text), data.count == 32 {
            self.key = SymmetricKey(data: data)
        } else {
            self.key = SymmetricKey(size: .bits256)
            try PrivateFile.write(self.key.withUnsafeBytes { Data($0).base64EncodedString() }, to: path)
        }
    }

    /// User and role of a display have the same name.
    static func name(of display: DisplayID) -> String { "display-\(display.text)" }

    /// What a display may do, and nothing else.
    static func permissions(of display: DisplayID) -> [Permission] {
        [
            Permission(.read, DisplayKey.topics(of: display)),
            Permission(.readWrite, .key(DisplayKey.status(of: display))),
        ]
    }

    /// Sees to it that a display has its user, and tells how it logs in; nil where the mediator asks for no login.
    ///
    /// - Throws: `EtcdError`.
    func provide(for display: DisplayID) async throws -> Login? {
        guard try await self.users.areAskedFor() else { return nil }
        let login = Login(user: Self.name(of: display), password: self.password(for: "etcd login of \(display)"))
        try await self.users.set(
            login.user, password: login.password, permissions: Self.permissions(of: display))
        self.logger.info("display has its user in the store", metadata: ["display": "\(display)"])
        return login
    }

    /// Makes a user whom nobody logs in as: those are it that cannot log in.
    ///
    /// - Throws: `EtcdError`.
    func provideGuest(_ name: String, reading ranges: [KeyRange]) async throws {
        try await self.users.set(
            name, password: self.password(for: "guest \(name)"), permissions: ranges.map { Permission(.read, $0) })
    }

    /// Takes a display's user and role away. Fine if they are gone, and where no login is asked for now: it may be
    /// switched on again.
    ///
    /// - Throws: `EtcdError`.
    func remove(_ display: DisplayID) async throws {
        try await self.users.remove(Self.name(of: display))
    }

    private func password(for purpose: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(purpose.utf8), using: self.key)
        return Data(code).base64URLEncoded
    }
}
