import AsyncHTTPClient
import EtcdClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Asks an etcd outside for its quota. Its API tells it from 3.6 on; before, only the metrics page does.
struct MediatorQuota: Sendable {
    private static let longest = 4 << 20

    private let endpoints: [EtcdClient.Endpoint]
    private let tls: EtcdClient.TLS?

    init(_ configuration: EtcdClient.Configuration) {
        self.endpoints = configuration.endpoints
        self.tls = configuration.tls
    }

    /// Bytes; nil when no member tells.
    func bytes() async -> Int64? {
        guard let client = try? self.client() else { return nil }
        var quota: Int64?
        for endpoint in self.endpoints where quota == nil {
            quota = try? await Self.quota(endpoint, client)
        }
        try? await client.shutdown()
        return quota
    }

    private static func quota(_ endpoint: EtcdClient.Endpoint, _ client: HTTPClient) async throws -> Int64? {
        let host = endpoint.host.contains(":") ? "[\(endpoint.host)]" : endpoint.host
        let request = HTTPClientRequest(
            url: "\(endpoint.usesTLS ? "https" : "http")://\(host):\(endpoint.port)/metrics")
        let response = try await client.execute(request, timeout: .seconds(3))
        guard response.status == .ok else { return nil }
        let text = String(buffer: try await response.body.collect(upTo: Self.longest))
        return Self.quota(in: text)
    }

    static func quota(in metrics: String) -> Int64? {
        let name = "etcd_server_quota_backend_bytes "
        let line = metrics.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Double($0.dropFirst(name.count)) }.flatMap { Int64(exactly: $0) }
    }

    private func client() throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        if let tls {
            var security = TLSConfiguration.makeClientConfiguration()
            if let file = tls.caFile { security.trustRoots = .file(file) }
            if let certificate = tls.certificateFile, let key = tls.privateKeyFile {
                security.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
                security.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            }
            configuration.tlsConfiguration = security
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
