import DisplayChannel
import Foundation
import Logging
import Synchronization

/// The line of an admitted display, for as long as it is one.
extension Admission {
    /// How a line ended that was not cancelled.
    enum End: Sendable {
        case revoked
        case renewed(Credentials)
    }

    /// How long the mediator may be away before the server is asked whether it has moved.
    private static let patience: Duration = .seconds(20)

    /// Keeps the line until it ends.
    func follow(
        _ credentials: Credentials, _ identity: DisplayIdentity, _ store: FileChannelMemory
    ) async throws -> End {
        let isAway = Away()
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await self.keepLine(credentials, store, isAway) }
            group.addTask { try await self.confirmRevocation(credentials, identity) }
            group.addTask { try await self.renew(credentials, identity, whenAway: isAway) }
            defer { group.cancelAll() }
            guard let end = try await group.next() else { throw CancellationError() }
            return end
        }
    }

    /// Makes the line anew whenever it ends, as it does when the disk takes no more notes: the show goes on meanwhile.
    private func keepLine(
        _ credentials: Credentials, _ store: FileChannelMemory, _ isAway: Away
    ) async throws -> End {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        while true {
            do {
                let link = try self.makeLink(credentials, self.folder, store)
                await self.viewer.connect(credentials, link: link)
                try await link.run { event in
                    isAway.note(event)
                    await self.viewer.handle(event)
                }
            } catch {
                try Task.checkCancellation()
                if let error = error as? ViewerError, error.code == .unauthorized { self.revoked.raise() }
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
                if [.unauthorized, .notFound, .gone].contains(error.code) { return .revoked }
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
                // Revoked while it was away: etcd refuses the login, and the server knows this display no more.
                if [.unauthorized, .notFound, .gone].contains(error.code) { self.revoked.raise() }
                if error.code == .unreachable { await self.followMove() }
            }
            wait = Self.patience * 3
        }
    }

    /// The server may have another address by now.
    private func followMove() async {
        guard self.locator.mayMove, case .success(let server) = await self.locator.find(),
            server != self.locator.known
        else { return }
        await self.use(server: server)
        self.locator.keep(server)
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
