import EtcdTransport
import NIOCore
import SwiftProtobuf

extension EtcdClient {
    /// Makes a unary call within the time that the configuration gives it.
    func call<Response: Message>(
        _ method: Method, _ request: some Message, retry: Call.Retry
    ) async throws -> Response {
        try await Call(method: method, retry: retry, metadata: []).perform(
            request, transport: self.transport, timeout: self.configuration.requestTimeout, tokens: self.tokens)
    }

    /// Opens a stream over the present connection; waits for one until `deadline`.
    func openStream(_ method: Method, deadline: NIODeadline) async throws -> (GRPCClientStream, token: String?) {
        try await self.context.openStream(method, deadline: deadline)
    }
}
