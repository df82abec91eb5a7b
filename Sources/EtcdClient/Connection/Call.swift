import EtcdTransport
import Logging
import NIOCore
import SwiftProtobuf

/// The methods of the API that this client calls.
struct Method {
    let path: String

    static let range = Method(path: "/etcdserverpb.KV/Range")
    static let put = Method(path: "/etcdserverpb.KV/Put")
    static let deleteRange = Method(path: "/etcdserverpb.KV/DeleteRange")
    static let txn = Method(path: "/etcdserverpb.KV/Txn")
    static let compact = Method(path: "/etcdserverpb.KV/Compact")
    static let leaseGrant = Method(path: "/etcdserverpb.Lease/LeaseGrant")
    static let leaseRevoke = Method(path: "/etcdserverpb.Lease/LeaseRevoke")
    static let leaseTimeToLive = Method(path: "/etcdserverpb.Lease/LeaseTimeToLive")
    static let leaseLeases = Method(path: "/etcdserverpb.Lease/LeaseLeases")
    static let leaseKeepAlive = Method(path: "/etcdserverpb.Lease/LeaseKeepAlive")
    static let watch = Method(path: "/etcdserverpb.Watch/Watch")
    static let status = Method(path: "/etcdserverpb.Maintenance/Status")
    static let authenticate = Method(path: "/etcdserverpb.Auth/Authenticate")
}

/// One unary call with its retries.
struct Call {
    /// When a failed call may be tried again.
    enum Retry {
        /// A read: whenever the server is unavailable.
        case always
        /// A write: only if the request surely never left.
        case ifUnsent
    }

    let method: Method
    let retry: Retry
    let metadata: [GRPCRequestHead.Metadata]
    var maximumRequestBytes = Int.max
    var logger: Logger?
    var probe: CallProbe?

    /// - Parameter timeout: For all of it: connecting, tokens, tries and the pauses between them.
    func perform<Response: Message>(
        _ request: some Message, transport: GRPCBalancer, timeout: Duration, tokens: TokenSource?
    ) async throws -> Response {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let bytes: ByteBuffer
        do {
            bytes = try GRPCMessageCoding.frame(request, limit: self.maximumRequestBytes)
        } catch {
            throw EtcdError(requestTooLarge: error)
        }
        var backoff = ConnectBackoff(initial: .milliseconds(25), maximum: .milliseconds(500))
        // More than one: users may be changed again while a call is under way.
        var tokenRefreshes = tokens == nil ? 0 : 3
        var attempts = 0
        while true {
            let connection = try await transport.etcdConnection(deadline: deadline)
            let token = try await tokens?.token()
            attempts += 1
            self.probe?.attempt(attempts, to: connection.endpoint)
            do {
                return try await self.attempt(bytes, over: connection, token: token, deadline: deadline)
            } catch let failure as GRPCCallFailure {
                let error = EtcdError(
                    failure, endpoint: connection.endpoint, isWrite: self.retry == .ifUnsent, attempts: attempts)
                if error.code.wantsNewToken, tokenRefreshes > 0 {
                    tokenRefreshes -= 1
                    // A member may hear of a token a moment later than the member that gave it.
                    if attempts > 1 { try await Task.sleep(for: .milliseconds(25)) }
                    await tokens?.invalidate(token)
                    self.tellRetry(after: error)
                    continue
                }
                if failure.status.code == .deadlineExceeded, failure.reach == .sent { connection.doubt() }
                guard self.mayTryAgain(failure) else { throw error }
                // A member that answers, but cannot serve, is not the one to ask again.
                if failure.reach == .answered { transport.avoid(connection) }
                var generator = SystemRandomNumberGenerator()
                let pause = backoff.pause(using: &generator)
                guard deadline > .now() + TimeAmount(pause) else { throw error }
                self.tellRetry(after: error)
                try await Task.sleep(for: pause)
            }
        }
    }

    private func tellRetry(after error: EtcdError) {
        self.probe?.retry(after: error)
        self.logger?.debug(
            "call is sent again",
            metadata: ["method": "\(self.method.name)", "attempts": "\(error.attempts)", "error": "\(error)"])
    }

    private func attempt<Response: Message>(
        _ bytes: ByteBuffer, over connection: GRPCClientConnection, token: String?, deadline: NIODeadline
    ) async throws -> Response {
        var metadata = self.metadata
        if let probe { metadata += probe.metadata }
        if let token { metadata.append(.init(name: "token", value: token, isSecret: true)) }
        let head = GRPCRequestHead(path: self.method.path, metadata: metadata)
        let answer = try await connection.unary(head, bytes, deadline: deadline)
        do {
            return try GRPCMessageCoding.decode(from: answer)
        } catch {
            throw GRPCCallFailure(error, reach: .refusedHere)
        }
    }

    private func mayTryAgain(_ failure: GRPCCallFailure) -> Bool {
        guard failure.status.code == .unavailable else { return false }
        return failure.reach == .notSent || self.retry == .always
    }
}

extension GRPCBalancer {
    /// A connection, with failures in the words of this client.
    func etcdConnection(deadline: NIODeadline) async throws -> GRPCClientConnection {
        do {
            return try await self.connection(deadline: deadline)
        } catch let failure as GRPCClient.Failure {
            throw EtcdError(failure)
        }
    }
}
