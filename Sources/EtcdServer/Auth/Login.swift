import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import Synchronization

/// One try to log in.
struct Login: Sendable {
    /// Checked for users that are not there, so that the time it takes does not tell who is.
    private static let nobodysHash = Mutex<[Int: PasswordHash]>([:])

    let context: ServiceContext
    let request: Etcdserverpb_AuthenticateRequest
    let info: GRPCCallInfo
    let reply: GRPCReply

    /// - Throws: What is known without looking at the password.
    func begin() throws(StoreError) {
        let user = try self.user()
        let isAdmitted = self.context.passwords.add(from: self.info.peer) { self.check(user) }
        if !isAdmitted { throw .tooManyRequests }
    }

    private func user() throws(StoreError) -> AuthUser? {
        let auth = self.context.store.withStore { $0.committedAuth }
        guard auth.isEnabled else { throw .authNotEnabled }
        let user = auth.user(self.request.name)
        if let user, user.passwordHash == nil { throw .userHasNoPassword }
        return user
    }

    private func check(_ user: AuthUser?) {
        // Nobody waits for the answer any more.
        if let deadline = self.info.deadline, deadline < .now() { return self.refuse(.authenticationFailed) }
        do {
            guard let user, let hash = user.passwordHash.flatMap(PasswordHash.init) else {
                _ = try self.hashOfNobody().matches(self.request.password)
                return self.refuse(.authenticationFailed)
            }
            guard try hash.matches(self.request.password) else {
                self.context.logger.notice(
                    "a login was refused: wrong password",
                    metadata: ["user": "\(user.name)", "peer": "\(self.info.peer)"])
                return self.refuse(.authenticationFailed)
            }
            self.answer(user)
        } catch {
            self.reply.fail(GRPCStatus(.internalError, "the password could not be checked: \(error)"))
        }
    }

    private func answer(_ checked: AuthUser) {
        // In one hold of the lock: a password changed meanwhile drops the tokens made before, and stops this one.
        let response = self.context.store.withStore { store -> Etcdserverpb_AuthenticateResponse? in
            let auth = store.committedAuth
            guard auth.isEnabled, auth.user(checked.name)?.passwordHash == checked.passwordHash else { return nil }
            var response = Etcdserverpb_AuthenticateResponse()
            response.header = self.context.header(store.committed)
            response.token = self.context.tokens.make(for: checked.name, index: store.appliedIndex)
            return response
        }
        if let response { self.reply.succeed(response) } else { self.refuse(.authenticationFailed) }
    }

    private func refuse(_ error: StoreError) { self.reply.fail(GRPCStatus(error)) }

    /// As slow as those of users.
    private func hashOfNobody() throws -> PasswordHash {
        let logRounds = self.context.passwordLogRounds
        if let known = Self.nobodysHash.withLock({ $0[logRounds] }) { return known }
        let made = try PasswordHash(of: "", logRounds: logRounds)
        Self.nobodysHash.withLock { $0[logRounds] = made }
        return made
    }
}
