import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire

/// `etcdserverpb.Auth`: authentication is off.
struct AuthService: GRPCService {
    static let name = "etcdserverpb.Auth"
    let context: ServiceContext

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.Auth/AuthStatus":
            self.context.unary(Etcdserverpb_AuthStatusRequest.self) { [context] _, _, reply in
                var response = Etcdserverpb_AuthStatusResponse()
                response.header = context.header(context.store.withStore { $0.committed })
                response.authRevision = 1
                reply.succeed(response)
            }
        case "/etcdserverpb.Auth/AuthDisable":
            // Switching off what is off is no error.
            self.context.unary(Etcdserverpb_AuthDisableRequest.self) { [context] _, _, reply in
                var response = Etcdserverpb_AuthDisableResponse()
                response.header = context.header(context.store.withStore { $0.committed })
                reply.succeed(response)
            }
        case "/etcdserverpb.Auth/Authenticate":
            self.context.unary(Etcdserverpb_AuthenticateRequest.self) { _, _, _ in
                throw GRPCStatus(.failedPrecondition, "etcdserver: authentication is not enabled")
            }
        default: nil
        }
    }
}
