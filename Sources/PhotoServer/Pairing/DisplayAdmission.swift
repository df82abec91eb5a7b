import DisplayChannel
import Foundation
import HTTPTypes
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Lets displays in: at once with the local token, else when somebody types the code on the screen; and hands out their
/// credentials.
///
/// Displays that wait are in memory only: strangers write nothing into the database, and after a restart of the server
/// they ask again by themselves and show a new code.
final class DisplayAdmission: Sendable {
    typealias Waiting = Registrations<ContinuousClock.Instant>

    /// What a display sends to be let in.
    struct Registration: Decodable, Sendable {
        let id: DisplayID
        /// Made by the display; proves later that it is the same one.
        let secret: String
        let name: String?
        /// `viewer` or `browser`.
        let kind: DisplayRecord.Kind?
        let width: Int
        let height: Int
        /// The one-time local token, if it can read it.
        let token: String?
    }

    /// Where a display stands.
    enum Answer: Sendable {
        case approved(DisplayRecord, token: String, login: DisplayLogins.Login?)
        /// Its screen shows the code until somebody types it, or until it ends.
        case pending(id: String, code: PairingCode, lives: Duration)
    }

    /// What somebody decided about the display whose screen shows a code.
    struct Pairing: Sendable {
        var name: String?
        var album: AlbumID?
        /// The display whose place it takes.
        var replaced: String?
    }

    private struct State {
        var registrations: Waiting
        var guesses: SignInLimiter<ContinuousClock.Instant>
        /// Displays that hold a request open.
        var waiting = 0
    }

    private let library: PhotoLibrary
    private let logins: DisplayLogins
    private let localToken: LocalDisplayToken
    private let defaultAlbum: String?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let state: Mutex<State>

    init(
        library: PhotoLibrary, logins: DisplayLogins, localToken: LocalDisplayToken, defaultAlbum: String?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, logger: Logger
    ) {
        self.library = library
        self.logins = logins
        self.localToken = localToken
        self.defaultAlbum = defaultAlbum
        self.now = now
        self.logger = logger
        self.state = Mutex(
            State(registrations: Registrations(), guesses: SignInLimiter(limits: RequestLimits.codeGuesses)))
    }

    // MARK: For displays

    /// Takes note of a display, and lets it in if it is known already or shows the local token.
    ///
    /// - Parameter address: Whom it comes from, as far as the network says.
    func register(_ registration: Registration, address: String) async throws -> Answer {
        let new = try self.newDisplay(registration)
        if let known = try await self.library.rejoinDisplay(
            new.id, secretHash: new.secretHash, width: new.width, height: new.height)
        {
            return try await self.answer(known)
        }
        if let token = registration.token, self.localToken.consume(token) {
            try self.localToken.renew()
            let record = try await self.admit(new, Pairing())
            self.logger.notice("display admitted by the local token", metadata: ["display": "\(new.id)"])
            return try await self.answer(record)
        }
        let applicant = Waiting.Applicant(
            id: new.id, secretHash: new.secretHash, name: registration.name.map { String($0.prefix(100)) },
            kind: new.kind, width: new.width, height: new.height, address: address)
        return try self.state.withLock { state in
            var generator = SystemRandomNumberGenerator()
            do throws(Waiting.Refusal) {
                let now = self.now()
                return Self.pending(try state.registrations.register(applicant, now: now, using: &generator), now)
            } catch {
                throw Self.problem(error)
            }
        }
    }

    /// Waits until a registered display is let in or its code ends, at most ``RequestLimits/registrationWait``.
    ///
    /// - Throws: A ``Problem`` with status 404 for a display that is unknown, was removed, or shows another secret.
    func wait(for id: String, secret: String) async throws -> Answer {
        // Subscribed before the first look, so that an approval in between is not missed.
        let changes = self.library.changes()
        let secretHash = SecretToken.hash(of: secret)
        if let record = try await self.record(id, secretHash: secretHash) { return try await self.answer(record) }
        let lives = try self.beginWaiting(id, secretHash: secretHash)
        defer { self.state.withLock { $0.waiting -= 1 } }
        let patience = min(RequestLimits.registrationWait, lives)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await Task.sleep(for: patience) }
                group.addTask {
                    for await change in changes where change.displays.contains(id) { return }
                }
                await group.next()
                group.cancelAll()
            }
        }
        if let record = try await self.record(id, secretHash: secretHash) { return try await self.answer(record) }
        return try self.state.withLock { state in
            let now = self.now()
            return Self.pending(try Self.waiting(&state, id, secretHash: secretHash, now: now), now)
        }
    }

    private func beginWaiting(_ id: String, secretHash: String) throws -> Duration {
        try self.state.withLock { state in
            let now = self.now()
            let registration = try Self.waiting(&state, id, secretHash: secretHash, now: now)
            guard state.waiting < RequestLimits.waitingRegistrations else {
                throw Problem.tooManyRequests(
                    "too-many-waiting", "Too many displays are waiting.", retryAfter: .seconds(5))
            }
            state.waiting += 1
            return now.duration(to: registration.codeEnds)
        }
    }

    private static func waiting(
        _ state: inout State, _ id: String, secretHash: String, now: ContinuousClock.Instant
    ) throws -> Waiting.Registration {
        var generator = SystemRandomNumberGenerator()
        guard let registration = state.registrations.current(id, now: now, using: &generator),
            equalInConstantTime(registration.secretHash, secretHash)
        else { throw Problem.registrationNotFound }
        return registration
    }

    private func record(_ id: String, secretHash: String) async throws -> DisplayRecord? {
        guard let record = try await self.library.display(id) else { return nil }
        guard equalInConstantTime(record.secretHash, secretHash) else { throw Problem.registrationNotFound }
        return record
    }

    /// A token is made each time it is asked for, since only its hash is kept: an answer that was lost on its way can
    /// be had again, and the token in it is void. The login is given to the mediator first: if that fails, the display
    /// asks again, and what is missing is done then.
    private func answer(_ record: DisplayRecord) async throws -> Answer {
        var login: DisplayLogins.Login?
        // A browser hears of everything from this server alone.
        if record.kind == .viewer, let id = DisplayID(record.id) { login = try await self.logins.provide(for: id) }
        let token = SecretToken()
        try await self.library.setDisplayToken(record.id, tokenHash: token.hash)
        return .approved(record, token: token.text, login: login)
    }

    private func newDisplay(_ registration: Registration) throws -> NewDisplay {
        guard (16...256).contains(registration.secret.utf8.count) else {
            throw Problem.badRequest("The member \"secret\" must have 16 to 256 characters.")
        }
        guard (16...16_384).contains(registration.width), (16...16_384).contains(registration.height) else {
            throw Problem.badRequest("The members \"width\" and \"height\" must be 16 to 16384 pixels.")
        }
        let kind = registration.kind ?? .viewer
        guard kind != .legacy else {
            throw Problem.badRequest("The member \"kind\" must be \"viewer\" or \"browser\".")
        }
        let id = registration.id.text
        let name = registration.name.flatMap { $0.isEmpty ? nil : String($0.prefix(100)) } ?? "Display \(id.prefix(8))"
        return NewDisplay(
            id: id, name: name, kind: kind, secretHash: SecretToken.hash(of: registration.secret),
            width: registration.width, height: registration.height,
            settings: String(decoding: DisplaySettings().json, as: UTF8.self))
    }

    // MARK: For people

    /// The display whose screen shows this code.
    ///
    /// - Parameters:
    ///   - typed: As somebody typed it.
    ///   - guesser: Who asks, and from where: wrong codes are counted by both.
    func find(
        _ typed: String, guesser: (user: String, address: String)
    ) throws -> Waiting.Registration {
        try self.state.withLock { state in
            try Self.guess(&state, typed, guesser, now: self.now()) { $0.find($1, now: $2) }
        }
    }

    /// Lets in the display whose screen shows this code. Of two who type it at once, one is told that it is not good.
    ///
    /// - Returns: The display's id.
    func pair(
        _ typed: String, _ pairing: Pairing, guesser: (user: String, address: String)
    ) async throws -> String {
        let waiting = try self.state.withLock { state in
            try Self.guess(&state, typed, guesser, now: self.now()) { $0.claim($1, now: $2) }
        }
        let new = NewDisplay(
            id: waiting.id, name: waiting.name ?? "Display \(waiting.id.prefix(8))", kind: waiting.kind,
            secretHash: waiting.secretHash, width: waiting.width, height: waiting.height,
            settings: String(decoding: DisplaySettings().json, as: UTF8.self))
        do {
            _ = try await self.admit(new, pairing)
        } catch {
            self.state.withLock { $0.registrations.release(waiting.id) }
            throw error
        }
        self.state.withLock { $0.registrations.finish(waiting.id) }
        self.logger.notice(
            "display paired",
            metadata: ["display": "\(waiting.id)", "user": "\(guesser.user)", "replaces": "\(pairing.replaced ?? "")"])
        return waiting.id
    }

    /// Counts as a wrong guess until it is found, so that many guesses at once cannot slip through together.
    private static func guess(
        _ state: inout State, _ typed: String, _ guesser: (user: String, address: String),
        now: ContinuousClock.Instant,
        _ look: (inout Waiting, PairingCode, ContinuousClock.Instant) -> Waiting.Registration?
    ) throws -> Waiting.Registration {
        guard let code = PairingCode(typed: typed) else { throw Problem.codeMalformed }
        if case .wait(let wait) = state.guesses.attempt(account: guesser.user, address: guesser.address, now: now) {
            throw Problem.tooManyRequests(
                "too-many-guesses", "Too many codes that are on no screen were typed.", retryAfter: wait)
        }
        guard let found = look(&state.registrations, code, now) else { throw Problem.codeUnknown }
        state.guesses.succeeded(account: guesser.user, address: guesser.address)
        return found
    }

    private func admit(_ new: NewDisplay, _ pairing: Pairing) async throws -> DisplayRecord {
        var new = new
        if let name = pairing.name, !name.isEmpty { new.name = name }
        new.albumID = pairing.album
        if new.albumID == nil, let defaultAlbum {
            new.albumID = try await self.library.album(named: defaultAlbum)?.id
        }
        let record = try await self.library.admitDisplay(new, replacing: pairing.replaced)
        guard pairing.replaced != nil else { return record }
        // It takes over what the old one had, and only what was asked for besides is changed.
        return try await self.library.updateDisplay(record.id) { draft in
            if let name = pairing.name, !name.isEmpty { draft.name = name }
            if let album = pairing.album { draft.albumID = album }
        }
    }

    private static func pending(
        _ registration: Waiting.Registration, _ now: ContinuousClock.Instant
    ) -> Answer {
        .pending(id: registration.id, code: registration.code, lives: now.duration(to: registration.codeEnds))
    }

    private static func problem(_ refusal: Waiting.Refusal) -> Problem {
        switch refusal {
        case .full, .fullForAddress:
            Problem(
                .serviceUnavailable, "too-many-displays-waiting", "Too many displays are waiting to be let in.",
                remedy: "Let some in, or wait ten minutes.", headers: [.retryAfter: "30"])
        case .anotherSecret: Problem(.forbidden, "another-display", "Another display waits under this id.")
        }
    }
}

extension Problem {
    static let registrationNotFound = Problem(
        .notFound, "registration-not-found", "This display is not registered, or was refused.",
        remedy: "Register the display again.")

    static let codeMalformed = Problem(
        .unprocessableContent, "code-malformed",
        "A code has six letters and digits, and none of 0 1 2 5 8 B I L O S U V Z.",
        remedy: "Type it as the screen shows it.")

    static let codeUnknown = Problem(
        .notFound, "code-unknown", "No screen shows this code now.",
        remedy: "A code changes every ten minutes: look at the screen again.")
}
