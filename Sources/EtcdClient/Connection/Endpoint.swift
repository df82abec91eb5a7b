extension EtcdClient {
    /// Where a server is: host, port, and whether to speak TLS.
    public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
        /// A name or a numeric address, without brackets.
        public let host: String
        /// 1 to 65535.
        public let port: Int
        /// Whether the connection is encrypted: `https`.
        public let usesTLS: Bool

        /// An endpoint of these parts.
        public init(host: String, port: Int, usesTLS: Bool = false) {
            self.host = host
            self.port = port
            self.usesTLS = usesTLS
        }

        /// Reads `http://127.0.0.1:2379`, `https://etcd.example:2379`, `etcd.example:2379` or `[::1]:2379`.
        /// The port is 2379 unless given.
        ///
        /// - Throws: ``EtcdError/Code/badConfiguration``.
        public init(_ text: String) throws(EtcdError) {
            func invalid(_ why: String) -> EtcdError {
                EtcdError(
                    .badConfiguration,
                    "\"\(text)\" is not an endpoint: \(why); write http://HOST:PORT or https://HOST:PORT")
            }
            var rest = Substring(text)
            var usesTLS = false
            if let separator = text.firstRange(of: "://") {
                switch text[..<separator.lowerBound].lowercased() {
                case "http": usesTLS = false
                case "https": usesTLS = true
                default: throw invalid("the scheme is unknown")
                }
                rest = text[separator.upperBound...]
            }
            if rest.last == "/" { rest.removeLast() }
            guard !rest.contains(where: { "/?#@ ".contains($0) }) else {
                throw invalid("it has more than host and port")
            }
            let host: Substring
            if rest.first == "[" {
                guard let bracket = rest.firstIndex(of: "]") else { throw invalid("a bracket is not closed") }
                host = rest[rest.index(after: rest.startIndex)..<bracket]
                rest = rest[rest.index(after: bracket)...]
            } else {
                let colon = rest.firstIndex(of: ":") ?? rest.endIndex
                host = rest[..<colon]
                rest = rest[colon...]
            }
            guard !host.isEmpty else { throw invalid("the host is missing") }
            var port = 2379
            if !rest.isEmpty {
                guard rest.first == ":", let number = Int(rest.dropFirst()), (1...65535).contains(number) else {
                    throw invalid("the port is not a number from 1 to 65535")
                }
                port = number
            }
            self.init(host: String(host), port: port, usesTLS: usesTLS)
        }

        /// As ``init(_:)`` reads it.
        public var description: String {
            let host = self.host.contains(":") ? "[\(self.host)]" : self.host
            return "\(self.usesTLS ? "https" : "http")://\(host):\(self.port)"
        }
    }
}
