import HTTPTypes
import Hummingbird

/// Where displays find the mediator, as seen from where they are.
struct DisplayEndpoints: Sendable {
    enum Source: Sendable {
        /// Told by the operator, or the external cluster's own.
        case fixed([String])
        /// The store inside this process. Listening on all addresses, it is where the display found this server.
        case embedded(host: String, port: Int, usesTLS: Bool)
    }

    let source: Source
    /// The certificates that a display has to trust there, PEM; nil where the system's will do.
    let authority: String?

    /// The endpoints to tell a display.
    func endpoints(for request: Request) -> [String] {
        switch self.source {
        case .fixed(let endpoints): return endpoints
        case .embedded(let host, let port, let usesTLS):
            let scheme = usesTLS ? "https" : "http"
            guard host == "0.0.0.0" || host == "::" || host == "*", let authority = request.head.authority else {
                return ["\(scheme)://\(Self.bracketed(host)):\(port)"]
            }
            return ["\(scheme)://\(Self.hostName(authority)):\(port)"]
        }
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }

    /// The host of `host:port` or `[address]:port`.
    private static func hostName(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }
}
