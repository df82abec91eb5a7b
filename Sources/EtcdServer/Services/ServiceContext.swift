import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import SwiftProtobuf

/// What all services share.
struct ServiceContext: Sendable {
    /// The largest write, as etcd's default.
    static let maximumRequestBytes = 1_572_864
    /// The version whose behaviour this server has; clients may branch on it.
    static let version = "3.6.14"
    static let storageVersion = "3.6.0"

    let store: DurableStore
    let headers: ResponseHeaders
    let isTLS: Bool
    let logger: Logger
    /// Random numbers for the leases that the client does not name.
    let makeNumber: @Sendable () -> UInt64
    let tokens: LoginTokens
    let passwords = PasswordQueue()
    let commonNames = CommonNames()
    /// Whether a client's certificate says which user it is.
    let trustsCertificates: Bool
    /// Whether the login must not be switched off.
    let keepsLogin: Bool
    /// How slow passwords are to check, see ``PasswordHash``.
    let passwordLogRounds: Int
    /// Who everybody is that comes by the address for guests; `nil` elsewhere.
    var guest: String?

    func header(_ revision: Revision) -> Etcdserverpb_ResponseHeader { self.headers.header(revision) }

    /// A call whose request is decoded first, and which answers with a status if that fails or the body throws.
    func unary<Request: Message>(
        _ type: Request.Type, _ body: @escaping @Sendable (Request, GRPCCallInfo, GRPCReply) throws -> Void
    ) -> GRPCMethod {
        .unary { bytes, info, reply in
            do {
                try body(try GRPCMessageCoding.decode(from: bytes), info, reply)
            } catch {
                reply.fail(Self.status(of: error))
            }
        }
    }

    /// A call that goes through the writer: refused when it is too large, answered when it is durable.
    func write<Request: Message, Value: Sendable, Response: Message>(
        _ type: Request.Type,
        decode: @escaping @Sendable (ByteBuffer) throws -> Request = { try GRPCMessageCoding.decode(from: $0) },
        prepare:
            @escaping @Sendable (Request, GRPCCallInfo) throws(StoreError) ->
            @Sendable (inout Store, Duration) throws(StoreError)
            -> Value,
        answer: @escaping @Sendable (Value) -> Response
    ) -> GRPCMethod {
        .unary { bytes, info, reply in
            do {
                let size = bytes.readableBytes
                guard size <= Self.maximumRequestBytes else { throw StoreError.requestTooLarge }
                let body = try prepare(try decode(bytes), info)
                self.store.submit(cost: size + 256, here: reply.afterThisTurn, body) { result in
                    switch result {
                    case .success(let value): reply.succeed(answer(value))
                    case .failure(let error): reply.fail(GRPCStatus(error))
                    }
                }
            } catch {
                reply.fail(Self.status(of: error))
            }
        }
    }

    static func status(of error: any Error) -> GRPCStatus {
        switch error {
        case let error as StoreError: GRPCStatus(error)
        case let status as GRPCStatus: status
        default: GRPCStatus(.unknown, "\(error)")
        }
    }
}
