import DisplayChannel
import Foundation
import Logging
import Synchronization

/// Gets the display admitted by its server, keeps what it was given, and keeps the line to the mediator.
struct Admission: Sendable {
    struct Configuration: Sendable {
        var server: String
        var name: String?
        /// A file with the server's one-time token for displays on its own machine.
        var tokenFile: String?
    }

    typealias LinkMaker = @Sendable (Credentials, ViewerFolder) throws(ViewerError) -> any DisplayLink

    /// How a line ended that was not cancelled.
    private enum End: Sendable {
        case revoked
        case renewed(Credentials)
    }

    /// How long the mediator may be away before the server is asked whether it has moved.
    private static let patience: Duration = .seconds(20)

    let configuration: Configuration
    let folder: ViewerFolder
    let cache: PhotoCache
    let service: any PhotoService
    let fetcher: PhotoFetcher
    let screenPictures: ScreenPictures
    let viewer: Viewer
    let stage: any Stage
    let makeLink: LinkMaker
    let logger: Logger
    /// Raised when the server answers 401.
    let revoked = Signal()

    /// Runs until cancelled.
    ///
    /// - Throws: `CancellationError`, or ``ViewerError`` with code `storage`.
    func run() async throws {
        while true {
            try Task.checkCancellation()
            let identity = try DisplayIdentity.keep(in: self.folder)
            let kept = self.folder.read(Credentials.self, from: self.folder.credentialsFile)
            let credentials = if let kept { kept } else { try await self.admit(identity) }
            if kept == nil { try self.folder.write(credentials, to: self.folder.credentialsFile) }
            self.use(token: credentials.token)
            switch try await self.follow(credentials, identity) {
            case .renewed(let renewed):
                self.logger.info("credentials were renewed", metadata: ["etcd": "\(renewed.etcd.endpoints)"])
                try self.folder.write(renewed, to: self.folder.credentialsFile)
            case .revoked:
                self.logger.warning("the server does not accept this display any more; forgetting everything")
                self.use(token: nil)
                self.folder.erase()
                self.cache.forgetAll()
                await self.viewer.forgetEverything()
            }
        }
    }

    /// Asks until the display is admitted.
    private func admit(_ identity: DisplayIdentity) async throws -> Credentials {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        while true {
            try Task.checkCancellation()
            do throws(ViewerError) {
                switch try await self.register(identity, token: self.oneTimeToken()) {
                case .approved(let credentials): return credentials
                case .pending(let pending):
                    pace.reset()
                    self.logger.info("waiting for approval", metadata: ["display": "\(identity.id)"])
                    await self.viewer.tell(.pending(id: identity.id.text, server: self.configuration.server))
                    if let credentials = try await self.awaitApproval(pending.registration, identity) {
                        return credentials
                    }
                }
            } catch {
                try Task.checkCancellation()
                self.logger.warning("not admitted yet", metadata: ["error": "\(error)"])
                let server = self.configuration.server
                await self.viewer.tell(
                    error.code == .unreachable
                        ? .unreachable(server: server) : .refused(server: server, reason: error.message))
            }
            try await Task.sleep(for: pace.next())
        }
    }

    /// - Returns: Nil when it is better to register anew: the one-time token's file has appeared.
    private func awaitApproval(
        _ registration: String, _ identity: DisplayIdentity
    ) async throws(ViewerError) -> Credentials? {
        let token = self.oneTimeToken()
        while !Task.isCancelled {
            if case .approved(let credentials) = try await self.service.awaitApproval(
                registration, secret: identity.secret)
            {
                return credentials
            }
            if self.oneTimeToken() != token { return nil }
        }
        return nil
    }

    private func register(
        _ identity: DisplayIdentity, token: String?
    ) async throws(ViewerError) -> RegistrationAnswer {
        let size = await self.stage.size()
        return try await self.service.register(
            Registration(
                id: identity.id, secret: identity.secret, name: self.configuration.name, width: size.width,
                height: size.height, token: token))
    }

    private func oneTimeToken() -> String? {
        self.configuration.tokenFile.flatMap { OneTimeToken.read($0) }
    }

    /// Keeps the line until it ends.
    private func follow(_ credentials: Credentials, _ identity: DisplayIdentity) async throws -> End {
        let isAway = Away()
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await self.keepLine(credentials, isAway) }
            group.addTask { try await self.confirmRevocation(credentials, identity) }
            group.addTask { try await self.renew(credentials, identity, whenAway: isAway) }
            defer { group.cancelAll() }
            guard let end = try await group.next() else { throw CancellationError() }
            return end
        }
    }

    /// Makes the line anew whenever it ends, as it does when the disk takes no more notes: the show goes on meanwhile.
    private func keepLine(_ credentials: Credentials, _ isAway: Away) async throws -> End {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        while true {
            do {
                let link = try self.makeLink(credentials, self.folder)
                await self.viewer.connect(credentials, link: link)
                try await link.run { event in
                    isAway.note(event)
                    await self.viewer.handle(event)
                }
            } catch {
                try Task.checkCancellation()
                self.logger.error("the line to the mediator broke off", metadata: ["error": "\(error)"])
                isAway.note(.away(reason: "\(error)"))
                await self.viewer.handle(.away(reason: "\(error)"))
            }
            try await Task.sleep(for: pace.next())
        }
    }

    /// Once the server has answered 401, asks whether it knows this display still: the token may have been replaced
    /// while a request was under way, and what is erased is gone.
    private func confirmRevocation(_ credentials: Credentials, _ identity: DisplayIdentity) async throws -> End {
        await self.revoked.wait()
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        while true {
            try Task.checkCancellation()
            do throws(ViewerError) {
                switch try await self.service.awaitApproval(identity.id.text, secret: identity.secret) {
                case .approved(let renewed): return .renewed(renewed)
                case .pending: return .revoked
                }
            } catch {
                if [.unauthorized, .notFound].contains(error.code) { return .revoked }
                self.logger.warning("revoked or not, the server does not say", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: pace.next())
        }
    }

    /// Asks the server again for what it once answered when the mediator stays away: it may be elsewhere now.
    ///
    /// - Returns: When the mediator is elsewhere.
    private func renew(
        _ credentials: Credentials, _ identity: DisplayIdentity, whenAway away: Away
    ) async throws -> End {
        var wait = Self.patience
        while true {
            try await Task.sleep(for: wait)
            guard away.isAway else { continue }
            do throws(ViewerError) {
                let answer = try await self.service.awaitApproval(identity.id.text, secret: identity.secret)
                guard case .approved(let renewed) = answer else { continue }
                guard renewed.etcd == credentials.etcd else { return .renewed(renewed) }
                // The server makes a new token each time it is asked, and the old one is void.
                try self.folder.write(renewed, to: self.folder.credentialsFile)
                self.use(token: renewed.token)
            } catch {
                self.logger.debug("the server does not answer either", metadata: ["error": "\(error)"])
            }
            wait = Self.patience * 3
        }
    }

    private func use(token: String?) {
        self.fetcher.use(token: token)
        self.screenPictures.use(token: token)
    }
}

/// Whether the mediator is away.
private final class Away: Sendable {
    private let state = Mutex(false)

    var isAway: Bool { self.state.withLock { $0 } }

    func note(_ event: ChannelEvent) {
        self.state.withLock { state in
            if case .away = event { state = true } else { state = false }
        }
    }
}
