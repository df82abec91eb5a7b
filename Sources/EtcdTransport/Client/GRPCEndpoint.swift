/// Where a client connects.
package struct GRPCEndpoint: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int
    package let usesTLS: Bool
    /// The name that the server's certificate must have; `nil` for ``host``.
    package let serverName: String?

    package init(host: String, port: Int, usesTLS: Bool, serverName: String? = nil) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
        self.serverName = serverName
    }

    var authority: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    package var description: String { "\(self.usesTLS ? "https" : "http")://\(self.authority)" }
}
