import Foundation
import SwiftASN1
import X509

/// What a server's certificate, given as a file, says about itself. The file is PEM, the server's own certificate first.
package struct CertificateFile: Sendable {
    /// A name that it vouches for, if it vouches for any; one that a pattern such as `*.example` allows.
    package let serverName: String?
    /// Whether the last certificate in the file vouches for itself: then who trusts the file needs no other authority.
    package let hasAuthority: Bool

    /// - Throws: ``EtcdServerError`` if there is no certificate in it.
    package init(_ path: String) throws {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let chain = try PEMDocument.parseMultiple(pemString: text)
                .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map { try Certificate(pemDocument: $0) }
            guard let own = chain.first, let last = chain.last else {
                throw EtcdServerError(.storage, "there is no certificate in it")
            }
            let names = try own.extensions.subjectAlternativeNames ?? SubjectAlternativeNames([])
            self.serverName =
                names.lazy.compactMap { name -> String? in
                    guard case .dnsName(let text) = name else { return nil }
                    return text.hasPrefix("*.") ? "store" + text.dropFirst() : text
                }.first
            self.hasAuthority = last.issuer == last.subject
        } catch {
            throw EtcdServerError(
                .storage,
                "The certificate \(path) cannot be used: \(error). It must be a PEM file, the server's own certificate first."
            )
        }
    }
}
