import EtcdTransport
import EtcdWire
import Logging
import NIOCore
import SwiftProtobuf

/// Calls methods by path with messages of the wire: shows what a server really answers, without a client's opinion.
final class RawClient: Sendable {
    private let connection: GRPCClientConnection
    private let client: GRPCClient

    /// Enough for a machine whose cores all belong to others: what never comes is still found out.
    private static let patience = TimeAmount.seconds(90)

    private init(client: GRPCClient, connection: GRPCClientConnection) {
        self.client = client
        self.connection = connection
    }

    static func connect(host: String = "127.0.0.1", port: Int) async throws -> RawClient {
        let client = GRPCClient(
            .init(endpoints: [GRPCEndpoint(host: host, port: port, usesTLS: false)]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return RawClient(client: client, connection: try await client.connection(deadline: .now() + Self.patience))
    }

    func close() async { await self.client.close() }

    /// The answer, or the status of the refusal.
    func call<Response: Message>(
        _ path: String, _ request: some Message, _ type: Response.Type = Response.self, token: String? = nil
    ) async -> Result<Response, GRPCStatus> {
        do {
            let bytes = try await self.connection.unary(
                Self.head(path, token: token), try GRPCMessageCoding.frame(request), deadline: .now() + Self.patience)
            return .success(try GRPCMessageCoding.decode(from: bytes))
        } catch let failure as GRPCCallFailure {
            return .failure(failure.status)
        } catch let status as GRPCStatus {
            return .failure(status)
        } catch {
            return .failure(GRPCStatus(.unknown, "\(error)"))
        }
    }

    func openStream(_ path: String, token: String? = nil) -> GRPCClientStream {
        self.connection.openStream(Self.head(path, token: token))
    }

    private static func head(_ path: String, token: String?) -> GRPCRequestHead {
        GRPCRequestHead(path: path, metadata: token.map { [.init(name: "token", value: $0)] } ?? [])
    }
}
