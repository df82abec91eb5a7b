/// Why a call is not for this server, from what its headers say; `nil` if it is. Called on the connection's event loop.
package typealias GRPCRefusal = @Sendable (GRPCCallInfo) -> GRPCStatus?

/// What a server answers.
struct GRPCRoutes: Sendable {
    let services: [any GRPCService]
    let pages: PlainHTTPPages?
    let refusal: GRPCRefusal?

    func method(for path: String) -> GRPCMethod? {
        for service in self.services {
            if let method = service.handler(for: path) { return method }
        }
        return nil
    }

    /// The status etcd gives for a path nobody serves.
    func statusOfMissing(path: String) -> GRPCStatus {
        guard path.first == "/", let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            return GRPCStatus(.unimplemented, "malformed method name: \"\(path)\"")
        }
        let service = String(path[path.index(after: path.startIndex)..<slash])
        let method = path[path.index(after: slash)...]
        guard self.services.contains(where: { $0.provides(service: service) }) else {
            return GRPCStatus(.unimplemented, "unknown service \(service)")
        }
        return GRPCStatus(.unimplemented, "unknown method \(method) for service \(service)")
    }
}
