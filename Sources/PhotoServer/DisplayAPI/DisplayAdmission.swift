import DisplayChannel
import Foundation
import HTTPTypes
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Lets displays in: at once with the local token, else when somebody approves; and hands out their credentials.
final class DisplayAdmission: Sendable {
    /// What a display sends to be let in.
    struct Registration: Decodable, Sendable {
        let id: DisplayID
        /// Made by the display; proves later that it is the same one.
        let secret: String
        let name: String?
        let width: Int
        let height: Int
        /// The one-time local token, if it can read it.
        let token: String?
    }

    /// Where a display stands.
    enum Answer: Sendable {
        case approved(DisplayRecord, token: String)
        case pending(DisplayRecord)
    }

    private let library: PhotoLibrary
    private let localToken: LocalDisplayToken
    private let defaultAlbum: String?
    private let logger: Logger
    private let waiting = Mutex(0)

    init(library: PhotoLibrary, localToken: LocalDisplayToken, defaultAlbum: String?, logger: Logger) {
        self.library = library
        self.localToken = localToken
        self.defaultAlbum = defaultAlbum
        self.logger = logger
    }

    /// Takes note of a display, and lets it in if it is known already or shows the local token.
    func register(_ registration: Registration) async throws -> Answer {
        guard (16...256).contains(registration.secret.utf8.count) else {
            throw Problem.badRequest("The member \"secret\" must have 16 to 256 characters.")
        }
        guard (16...16_384).contains(registration.width), (16...16_384).contains(registration.height) else {
            throw Problem.badRequest("The members \"width\" and \"height\" must be 16 to 16384 pixels.")
        }
        let isLocal = registration.token.map(self.localToken.consume) ?? false
        if isLocal { try self.localToken.renew() }
        let id = registration.id.text
        let name = registration.name.flatMap { $0.isEmpty ? nil : String($0.prefix(100)) } ?? "Display \(id.prefix(8))"
        let record = try await self.library.registerDisplay(
            id: id, name: name, secretHash: SecretToken.hash(of: registration.secret), width: registration.width,
            height: registration.height, state: isLocal ? .approved : .pending,
            settings: String(decoding: DisplaySettings().json, as: UTF8.self),
            maximumPending: RequestLimits.pendingDisplays)
        if isLocal {
            self.logger.notice("display admitted by the local token", metadata: ["display": "\(id)"])
            try await self.giveDefaultAlbum(record)
        }
        return try await self.answer(record)
    }

    /// Lets a waiting display in.
    func approve(_ id: String, name: String?) async throws {
        let record = try await self.library.approveDisplay(id, name: name)
        self.logger.notice("display admitted", metadata: ["display": "\(id)"])
        try await self.giveDefaultAlbum(record)
    }

    /// Waits until a registered display is let in, at most ``RequestLimits/registrationWait``.
    ///
    /// - Throws: A ``Problem`` with status 404 for a display that is unknown, was refused, or shows another secret.
    func wait(for id: String, secret: String) async throws -> Answer {
        // Subscribed before the first look, so that an approval in between is not missed.
        let changes = self.library.changes()
        let record = try await self.record(id, secret: secret)
        guard record.state == .pending else { return try await self.answer(record) }

        try self.waiting.withLock { waiting in
            guard waiting < RequestLimits.waitingRegistrations else {
                throw Problem.tooManyRequests(
                    "too-many-waiting", "Too many displays are waiting.", retryAfter: .seconds(5))
            }
            waiting += 1
        }
        defer { self.waiting.withLock { $0 -= 1 } }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await Task.sleep(for: RequestLimits.registrationWait) }
                group.addTask {
                    for await change in changes where change.displays.contains(id) { return }
                }
                await group.next()
                group.cancelAll()
            }
        }
        return try await self.answer(try await self.record(id, secret: secret))
    }

    private func record(_ id: String, secret: String) async throws -> DisplayRecord {
        guard let record = try await self.library.display(id),
            equalInConstantTime(record.secretHash, SecretToken.hash(of: secret))
        else { throw Problem.registrationNotFound }
        return record
    }

    /// A token is made each time it is asked for, since only its hash is kept: an answer that was lost on its way can
    /// be had again, and the token in it is void.
    private func answer(_ record: DisplayRecord) async throws -> Answer {
        guard record.state == .approved else { return .pending(record) }
        let token = SecretToken()
        try await self.library.setDisplayToken(record.id, tokenHash: token.hash)
        return .approved(record, token: token.text)
    }

    private func giveDefaultAlbum(_ record: DisplayRecord) async throws {
        guard record.albumID == nil, let defaultAlbum, let album = try await self.library.album(named: defaultAlbum)
        else { return }
        _ = try await self.library.updateDisplay(record.id) { $0.albumID = $0.albumID ?? album.id }
    }
}

extension Problem {
    static let registrationNotFound = Problem(
        .notFound, "registration-not-found", "This display is not registered, or was refused.",
        remedy: "Register the display again.")
}
