import EtcdTransport
import Logging
import NIOCore
import SwiftProtobuf

/// What calls, watches and leases of one client share. It outlives the client for as long as one of them is under way.
struct CallContext: Sendable {
    let configuration: EtcdClient.Configuration
    let logger: Logger
    let transport: GRPCBalancer
    var tokens: TokenSource?
    /// `nil` where nobody listens.
    let instruments: Instruments?

    /// The same, for calls that show no token.
    var anonymous: CallContext {
        var context = self
        context.tokens = nil
        return context
    }

    /// Pauses between tries, from the shortest on.
    var backoff: ConnectBackoff {
        ConnectBackoff(initial: self.configuration.initialBackoff, maximum: self.configuration.maximumBackoff)
    }

    /// Makes a unary call within the time that the configuration gives it.
    func call<Response: Message>(
        _ method: Method, _ request: some Message, retry: Call.Retry, timeout: Duration? = nil
    ) async throws -> Response {
        guard let instruments = self.instruments else {
            return try await self.perform(method, request, retry: retry, timeout: timeout, probe: nil)
        }
        return try await instruments.observe(method) { probe in
            try await self.perform(method, request, retry: retry, timeout: timeout, probe: probe)
        }
    }

    private func perform<Response: Message>(
        _ method: Method, _ request: some Message, retry: Call.Retry, timeout: Duration?, probe: CallProbe?
    ) async throws -> Response {
        try await Call(
            method: method, retry: retry, metadata: [], maximumRequestBytes: self.configuration.maximumRequestBytes,
            logger: self.logger, probe: probe
        ).perform(
            request, transport: self.transport, timeout: timeout ?? self.configuration.requestTimeout,
            tokens: self.tokens)
    }

    /// Opens a stream over a connection, where it stays; waits for one until `deadline`.
    func openStream(_ method: Method, deadline: NIODeadline) async throws -> (GRPCClientStream, token: String?) {
        let connection = try await self.transport.etcdConnection(deadline: deadline)
        let token = try await self.tokens?.token()
        let head = GRPCRequestHead(path: method.path, metadata: self.metadata(token: token, needsLeader: true))
        return (connection.openStream(head), token)
    }

    /// The headers every call but `Authenticate` carries.
    ///
    /// - Parameter needsLeader: For streams: a member that has lost its leader shall end them, instead of keeping silent.
    func metadata(token: String?, needsLeader: Bool = false) -> [GRPCRequestHead.Metadata] {
        var metadata: [GRPCRequestHead.Metadata] = []
        if let token { metadata.append(.init(name: "token", value: token, isSecret: true)) }
        if needsLeader { metadata.append(.init(name: "hasleader", value: "true")) }
        return metadata
    }
}
