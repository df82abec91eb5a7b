import EtcdTransport
import EtcdWire
import NIOCore

extension EtcdClient {
    /// The headers every call but `Authenticate` carries.
    ///
    /// - Parameter needsLeader: For streams: a member that has lost its leader shall end them, instead of keeping silent.
    func metadata(token: String?, needsLeader: Bool = false) -> [GRPCRequestHead.Metadata] {
        var metadata: [GRPCRequestHead.Metadata] = []
        if let token { metadata.append(.init(name: "token", value: token, isSecret: true)) }
        if needsLeader { metadata.append(.init(name: "hasleader", value: "true")) }
        return metadata
    }

    static func token(for credentials: Credentials, over context: CallContext) async throws -> String {
        var request = Etcdserverpb_AuthenticateRequest()
        request.name = credentials.user
        request.password = credentials.password
        let response: Etcdserverpb_AuthenticateResponse = try await context.anonymous.call(
            .authenticate, request, retry: .always)
        return response.token
    }

    /// A token, or nothing where there are no users.
    static func authenticate(_ credentials: Credentials, over context: CallContext) async throws -> String {
        do {
            return try await Self.token(for: credentials, over: context)
        } catch let error as EtcdError where error.code == .authNotEnabled {
            return ""
        }
    }
}
