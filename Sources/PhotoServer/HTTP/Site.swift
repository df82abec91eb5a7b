import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Where this server lives as browsers see it, and what follows from that for cookies and cross-site checks.
struct Site: Sendable {
    /// `--public-url`, when the server is reached under another address than it listens on.
    let publicURL: URL?
    /// Whether this server itself speaks TLS.
    let hasTLS: Bool

    /// Whether browsers reach it over HTTPS, so that cookies can be held back from plain HTTP.
    var isSecure: Bool { self.hasTLS || self.publicURL?.scheme?.lowercased() == "https" }

    /// The session cookie's name. The `__Host-` prefix makes browsers refuse one set by a neighbouring host.
    var sessionCookieName: String { self.isSecure ? "__Host-vitrine-session" : "vitrine-session" }

    /// The address of a path as a person types it; `listening` is used where no public address was given.
    func url(path: String, listening: String) -> String {
        let base = self.publicURL?.absoluteString ?? "\(self.hasTLS ? "https" : "http")://\(listening)"
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + path
    }

    /// Whether a state-changing request may have come from another site's page.
    ///
    /// Browsers send `Origin` with every POST, PATCH, PUT and DELETE and most send `Sec-Fetch-Site`; programs that are
    /// no browsers send neither, and carry no cookie that a stranger's page could ride on.
    func isCrossSite(_ request: Request) -> Bool {
        if let fetchSite = request.headers[.secFetchSite], fetchSite != "same-origin", fetchSite != "none" {
            return true
        }
        guard let origin = request.headers[.origin] else { return false }
        return !self.ownOrigins(host: request.head.authority).contains(origin.lowercased())
    }

    private func ownOrigins(host: String?) -> Set<String> {
        var origins: Set<String> = []
        if let publicURL, let scheme = publicURL.scheme, let publicHost = publicURL.host {
            let port = publicURL.port.map { ":\($0)" } ?? ""
            origins.insert("\(scheme)://\(publicHost)\(port)".lowercased())
        }
        // With a public address, only loopback stays good besides: the machine's owner looking directly.
        if let host = host?.lowercased(), self.publicURL == nil || Self.isLoopback(host) {
            origins.insert("\(self.hasTLS ? "https" : "http")://\(host)")
        }
        return origins
    }

    private static func isLoopback(_ authority: String) -> Bool {
        if authority.hasPrefix("[") { return Loopback.contains(String(authority.dropFirst().prefix { $0 != "]" })) }
        return Loopback.contains(String(authority.prefix { $0 != ":" }))
    }

    /// Whom to count failed sign-ins for. Behind a reverse proxy on this machine that is the last address it adds.
    func clientAddress(_ request: Request, peer: SocketAddress?) -> String {
        guard let peer, let address = peer.ipAddress else { return "unknown" }
        let isLoopbackPeer = Loopback.contains(address)
        if self.publicURL != nil, isLoopbackPeer, let forwarded = request.headers[.forwardedFor] {
            let last = forwarded.split(separator: ",").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
            return last.isEmpty ? address : String(last.prefix(64))
        }
        guard peer.protocol == .inet6, let prefix = Self.networkPrefix(address) else { return address }
        return prefix
    }

    /// The first 64 bits of an IPv6 address: one household has them all.
    private static func networkPrefix(_ address: String) -> String? {
        guard let socket = try? SocketAddress(ipAddress: address, port: 0), case .v6 = socket else {
            return nil
        }
        return socket.withSockAddr { address, size in
            // `sin6_addr` begins after family, port and flow information (RFC 3493, section 3.3).
            let bytes = UnsafeRawBufferPointer(start: address, count: size).dropFirst(8)
            return stride(from: bytes.startIndex, to: bytes.startIndex + 8, by: 2)
                .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":") + "::/64"
        }
    }
}
