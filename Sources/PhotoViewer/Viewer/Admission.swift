import DisplayChannel
import Foundation
import Logging

/// Gets the display admitted by its server, keeps what it was given, and keeps the line to the mediator.
struct Admission: Sendable {
    struct Configuration: Sendable {
        var name: String?
        /// A file with the server's one-time token for displays on its own machine.
        var tokenFile: String?
    }

    typealias LinkMaker = DisplayProgram.LinkMaker

    let configuration: Configuration
    let locator: ServerLocator
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
        // One for all lines: what cannot be written to the disk is at least not forgotten between them.
        var store = FileChannelMemory(self.folder, logger: self.logger)
        while true {
            try Task.checkCancellation()
            let identity = try DisplayIdentity.keep(in: self.folder)
            if let server = self.locator.known { await self.use(server: server) }
            let kept = self.folder.read(Credentials.self, from: self.folder.credentialsFile)
            guard let credentials = if let kept { kept } else { try await self.admit(identity) } else {
                // An id is never used again.
                self.folder.erase()
                continue
            }
            if kept == nil { try self.folder.write(credentials, to: self.folder.credentialsFile) }
            self.use(token: credentials.token)
            switch try await self.follow(credentials, identity, store) {
            case .renewed(let renewed):
                self.logger.info("credentials were renewed", metadata: ["etcd": "\(renewed.etcd.endpoints)"])
                try self.folder.write(renewed, to: self.folder.credentialsFile)
            case .revoked:
                self.logger.warning("the server does not accept this display any more; forgetting everything")
                self.use(token: nil)
                self.folder.erase()
                self.cache.forgetAll()
                store = FileChannelMemory(self.folder, logger: self.logger)
                await self.viewer.forgetEverything()
            }
        }
    }

    /// Asks until the display is admitted.
    ///
    /// - Returns: Nil when the server has removed this display for good.
    private func admit(_ identity: DisplayIdentity) async throws -> Credentials? {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        var server = self.locator.known
        var silences = 0
        while true {
            try Task.checkCancellation()
            if server == nil { server = await self.search() }
            if let known = server {
                await self.use(server: known)
                do throws(ViewerError) {
                    let credentials = try await self.ask(known, identity, onAnswer: { pace.reset() })
                    if let credentials {
                        self.locator.keep(known)
                        return credentials
                    }
                    silences = 0
                } catch {
                    try Task.checkCancellation()
                    if error.code == .gone { return nil }
                    self.logger.warning("not admitted yet", metadata: ["error": "\(error)"])
                    silences = error.code == .unreachable ? silences + 1 : 0
                    await self.tell(error, of: known)
                    // One that was found may have moved; one that was given stays.
                    if self.locator.mayMove, silences >= 3 { (server, silences) = (nil, 0) }
                }
            }
            try await Task.sleep(for: pace.next())
        }
    }

    private func search() async -> String? {
        await self.viewer.tell(.searching(reason: nil))
        switch await self.locator.find() {
        case .success(let server): return server
        case .failure(let error):
            self.logger.warning("no photo server found", metadata: ["error": "\(error)"])
            await self.viewer.tell(.searching(reason: error.message))
            return nil
        }
    }

    private func tell(_ error: ViewerError, of server: String) async {
        switch error.code {
        case .unreachable: await self.viewer.tell(.unreachable(server: server))
        // It forgets those who did not come back in time, and a new code is had by registering again.
        case .notFound: break
        default: await self.viewer.tell(.refused(server: server, reason: error.message))
        }
    }

    /// Registers and waits for an administrator.
    ///
    /// - Returns: Nil when it is better to register anew.
    private func ask(
        _ server: String, _ identity: DisplayIdentity, onAnswer: () -> Void
    ) async throws(ViewerError) -> Credentials? {
        switch try await self.register(identity, token: self.oneTimeToken()) {
        case .approved(let credentials): return credentials
        case .pending(let pending):
            onAnswer()
            self.logger.info("waiting to be paired", metadata: ["display": "\(identity.id)"])
            await self.show(pending, of: server, identity)
            return try await self.awaitApproval(pending.registration, of: server, identity)
        }
    }

    /// Codes end, so each answer may bring another.
    private func show(_ pending: PendingRegistration, of server: String, _ identity: DisplayIdentity) async {
        await self.viewer.tell(
            .pending(id: identity.id.text, server: server, code: pending.code, page: pending.page))
    }

    /// - Returns: Nil when it is better to register anew: the one-time token's file has appeared.
    private func awaitApproval(
        _ registration: String, of server: String, _ identity: DisplayIdentity
    ) async throws(ViewerError) -> Credentials? {
        let token = self.oneTimeToken()
        while !Task.isCancelled {
            switch try await self.service.awaitApproval(registration, secret: identity.secret) {
            case .approved(let credentials): return credentials
            case .pending(let pending): await self.show(pending, of: server, identity)
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

    func use(server: String) async {
        do throws(ViewerError) {
            try self.service.use(server: server)
            await self.viewer.use(server: server)
        } catch {
            self.logger.error("the server's address makes no sense", metadata: ["error": "\(error)"])
        }
    }

    func use(token: String?) {
        self.fetcher.use(token: token)
        self.screenPictures.use(token: token)
    }
}
