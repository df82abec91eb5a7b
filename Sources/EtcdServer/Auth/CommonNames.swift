import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// The common names of client certificates, each read once.
final class CommonNames: Sendable {
    private static let limit = 20_000
    private let names = Mutex<[NIOSSLCertificate: String]>([:])

    /// The name, or `nil` for a certificate without one.
    subscript(certificate: NIOSSLCertificate) -> String? {
        if let known = self.names.withLock({ $0[certificate] }) { return known }
        guard let name = Self.read(certificate) else { return nil }
        self.names.withLock { names in
            if names.count >= Self.limit { names = [:] }
            names[certificate] = name
        }
        return name
    }

    private static func read(_ certificate: NIOSSLCertificate) -> String? {
        guard let bytes = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: bytes) else {
            return nil
        }
        for part in parsed.subject {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                return String(attribute.value)
            }
        }
        return nil
    }
}
