import EtcdTransport
import EtcdWire
import NIOCore

/// `grpc.health.v1.Health`: a server that answers is serving.
struct HealthService: GRPCService {
    static let name = "grpc.health.v1.Health"

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/grpc.health.v1.Health/Check":
            .unary { bytes, _, reply in
                do throws(GRPCStatus) {
                    let request = try GRPCMessageCoding.decode(Grpc_Health_V1_HealthCheckRequest.self, from: bytes)
                    guard request.service.isEmpty else { throw GRPCStatus(.notFound, "unknown service") }
                    reply.succeed(Self.response(.serving))
                } catch {
                    reply.fail(error)
                }
            }
        case "/grpc.health.v1.Health/Watch": .stream { WatchHandler($0) }
        default: nil
        }
    }

    private static func response(
        _ status: Grpc_Health_V1_HealthCheckResponse.ServingStatus
    ) -> Grpc_Health_V1_HealthCheckResponse {
        var response = Grpc_Health_V1_HealthCheckResponse()
        response.status = status
        return response
    }

    /// Tells the state once; it does not change until the stream ends with the server.
    private final class WatchHandler: GRPCStreamHandler {
        private let stream: GRPCServerStream

        init(_ stream: GRPCServerStream) { self.stream = stream }

        func onMessage(_ message: ByteBuffer) {
            do {
                let request = try GRPCMessageCoding.decode(Grpc_Health_V1_HealthCheckRequest.self, from: message)
                _ = self.stream.send(HealthService.response(request.service.isEmpty ? .serving : .serviceUnknown))
            } catch {
                self.stream.finish(error)
            }
        }

        func onClose() {}
    }
}
