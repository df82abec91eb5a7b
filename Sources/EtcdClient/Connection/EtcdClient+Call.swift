import EtcdTransport
import NIOCore
import SwiftProtobuf

extension EtcdClient {
    /// Makes a unary call within `timeout`, or the time that the configuration gives it.
    func call<Response: Message>(
        _ method: Method, _ request: some Message, retry: Call.Retry, timeout: Duration? = nil
    ) async throws -> Response {
        guard let namespace = self.namespace else {
            return try await self.context.call(method, request, retry: retry, timeout: timeout)
        }
        return namespace.inward(
            try await self.context.call(method, namespace.outward(request), retry: retry, timeout: timeout))
    }

    /// Opens a stream over the present connection; waits for one until `deadline`.
    func openStream(_ method: Method, deadline: NIODeadline) async throws -> (GRPCClientStream, token: String?) {
        try await self.context.openStream(method, deadline: deadline)
    }
}
