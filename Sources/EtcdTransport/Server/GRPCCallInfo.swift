import NIOCore
import NIOHPACK
import NIOSSL

/// Who calls what.
package struct GRPCCallInfo: Sendable {
    /// `/package.Service/Method`.
    package let path: String
    /// When the caller stops waiting; `nil` if it did not say.
    package let deadline: NIODeadline?
    private let headers: HPACKHeaders
    private let connection: GRPCPeer

    init(path: String, deadline: NIODeadline?, headers: HPACKHeaders, connection: GRPCPeer) {
        self.path = path
        self.deadline = deadline
        self.headers = headers
        self.connection = connection
    }

    /// The address by which the client reached this server, as the client spells it: `host:port`.
    package var authority: String { self.headers.first(name: ":authority") ?? "" }

    /// The client's address, such as `127.0.0.1:42496`.
    package var peer: String { self.connection.address }

    /// The certificate the client proved to own; `nil` without TLS or without a certificate.
    package var peerCertificate: NIOSSLCertificate? { self.connection.certificate }

    /// The first value of a metadata key. Keys are lower case.
    package func metadata(_ name: String) -> String? { self.headers.first(name: name) }
}

/// The other end of a server's connection.
struct GRPCPeer: Sendable {
    let address: String
    let certificate: NIOSSLCertificate?
}
