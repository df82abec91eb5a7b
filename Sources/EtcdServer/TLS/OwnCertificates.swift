import Crypto
import Foundation
import SwiftASN1
import X509

/// Certificates that the store makes itself: an authority, made once, whose certificate displays are given to trust; and
/// the server's, made anew at each start for the names and addresses it has then.
public struct OwnCertificates: Sendable {
    /// The authority's certificate, for clients to trust.
    public let authorityFile: String
    /// The server's certificate.
    public let certificateFile: String
    /// The key of the server's certificate, readable by this user only.
    public let privateKeyFile: String

    /// Finds the authority in `folder`, or makes one, and makes a certificate for the server.
    ///
    /// - Parameters:
    ///   - folder: Where the files are; made if it is missing.
    ///   - hosts: Names and addresses by which clients reach the server, besides `localhost` and its addresses.
    /// - Throws: ``EtcdServerError`` if the files cannot be read or written.
    public init(folder: String, hosts: [String]) throws {
        self.authorityFile = "\(folder)/ca.pem"
        self.certificateFile = "\(folder)/server.pem"
        self.privateKeyFile = "\(folder)/server-key.pem"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let authority = try Self.authority(
                certificateFile: self.authorityFile, keyFile: "\(folder)/ca-key.pem")
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let certificate = try Self.certificate(key: key, hosts: hosts, by: authority)
            try Self.write(try key.serializeAsPEM().pemString, to: self.privateKeyFile)
            try Self.write(try certificate.serializeAsPEM().pemString, to: self.certificateFile)
        } catch {
            throw EtcdServerError(
                .storage,
                "The certificates in \(folder) cannot be made or read: \(error). Give this user the right to write there."
            )
        }
    }

    private struct Authority {
        let certificate: Certificate
        let key: Certificate.PrivateKey
    }

    private static let day: TimeInterval = 86_400

    private static func authority(certificateFile: String, keyFile: String) throws -> Authority {
        if FileManager.default.fileExists(atPath: certificateFile) {
            return Authority(
                certificate: try Certificate(pemEncoded: String(contentsOfFile: certificateFile, encoding: .utf8)),
                key: try Certificate.PrivateKey(pemEncoded: String(contentsOfFile: keyFile, encoding: .utf8)))
        }
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("Vitrine store") }
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            // An hour back: clocks differ.
            notValidBefore: now - 3_600, notValidAfter: now + 3_650 * Self.day, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            },
            issuerPrivateKey: key)
        try Self.write(try key.serializeAsPEM().pemString, to: keyFile)
        try Self.write(try certificate.serializeAsPEM().pemString, to: certificateFile)
        return Authority(certificate: certificate, key: key)
    }

    private static func certificate(
        key: Certificate.PrivateKey, hosts: [String], by authority: Authority
    ) throws -> Certificate {
        var names: [GeneralName] = []
        for host in ["localhost", "127.0.0.1", "::1"] + hosts {
            let name = Self.generalName(host)
            if !names.contains(name) { names.append(name) }
        }
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: now - 3_600,
            notValidAfter: min(now + 825 * Self.day, authority.certificate.notValidAfter),
            issuer: authority.certificate.subject, subject: try DistinguishedName { CommonName("vitrine-store") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: authority.key)
    }

    private static func generalName(_ host: String) -> GeneralName {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, host, &v4) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: v4) { ArraySlice(Array($0)) }))
        }
        if inet_pton(AF_INET6, host, &v6) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: v6) { ArraySlice(Array($0)) }))
        }
        return .dnsName(host)
    }

    private static func write(_ text: String, to path: String) throws {
        let temporary = path + ".tmp"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]),
            rename(temporary, path) == 0
        else { throw CocoaError(.fileWriteUnknown) }
    }
}

extension OwnCertificates {
    /// The names and addresses of this machine, as far as it knows them.
    public static func hostsOfThisMachine() -> [String] {
        var hosts: [String] = []
        let name = ProcessInfo.processInfo.hostName
        if !name.isEmpty { hosts.append(name) }
        // What it is called in a network without name servers (mDNS).
        if !name.isEmpty, !name.contains(".") { hosts.append(name + ".local") }
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return hosts }
        defer { freeifaddrs(first) }
        var next = first
        while let interface = next {
            defer { next = interface.pointee.ifa_next }
            guard let address = interface.pointee.ifa_addr else { continue }
            let family = Int32(address.pointee.sa_family)
            guard family == AF_INET || family == AF_INET6 else { continue }
            let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            // Without the zone that a link-local address has behind it.
            let host = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            hosts.append(String(host.prefix { $0 != "%" }))
        }
        return hosts
    }
}
