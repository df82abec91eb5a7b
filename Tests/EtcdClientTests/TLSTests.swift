import EtcdClient
import EtcdServer
import Logging
import TestSupport
import Testing

extension RealServers {
    @Suite struct TLSTests {
        /// Lends a server that asks for client certificates, by its port, and the certificates.
        private func withServer(
            _ backend: EtcdBackend, _ body: (Int, TestCertificates) async throws -> Void
        ) async throws {
            try await withTemporaryFolder { folder in
                let certificates = try await TestCertificates(folder: folder)
                if let release = backend.release {
                    var options = EtcdProcess.Options()
                    options.release = release
                    options.certificateFile = certificates.serverCertificate
                    options.privateKeyFile = certificates.serverKey
                    options.clientAuthorityFile = certificates.authority
                    try await withEtcd(options) { try await body($0.port, certificates) }
                } else {
                    let server = try EtcdServer(
                        configuration: .init(
                            dataDirectory: "\(folder)/store", host: "127.0.0.1", port: 0,
                            tls: .init(
                                certificateFile: certificates.serverCertificate, privateKeyFile: certificates.serverKey,
                                clientAuthorityFile: certificates.authority)),
                        logger: .quiet)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await server.run() }
                        defer { group.cancelAll() }
                        try await body(try await server.listeningAddress.port, certificates)
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases, ["localhost", "127.0.0.1"])
        func aClientWithACertificateIsServed(backend: EtcdBackend, host: String) async throws {
            try await self.withServer(backend) { port, certificates in
                try await withClient(
                    EtcdClient.Endpoint(host: host, port: port, usesTLS: true),
                    configure: {
                        $0.tls = .init(
                            caFile: certificates.authority, certificateFile: certificates.clientCertificate,
                            privateKeyFile: certificates.clientKey)
                    },
                    { client in
                        let revision = try await client.put("a", "1").revision
                        for try await batch in client.watch(.key("a"), from: revision) {
                            #expect(batch.events.first?.keyValue.value == "1")
                            break
                        }
                    })
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func strangersAreRefusedOnEitherSide(backend: EtcdBackend) async throws {
            try await self.withServer(backend) { port, certificates in
                let endpoint = EtcdClient.Endpoint(host: "localhost", port: port, usesTLS: true)
                let cases: [(String, EtcdClient.Endpoint, EtcdClient.TLS)] = [
                    (
                        "no client certificate", endpoint, .init(caFile: certificates.authority)
                    ),
                    (
                        "a client certificate of another authority", endpoint,
                        .init(
                            caFile: certificates.authority, certificateFile: certificates.strangerCertificate,
                            privateKeyFile: certificates.strangerKey)
                    ),
                    (
                        "a server of another authority", endpoint,
                        .init(
                            caFile: certificates.strangerAuthority, certificateFile: certificates.clientCertificate,
                            privateKeyFile: certificates.clientKey)
                    ),
                    (
                        "a server of another name", EtcdClient.Endpoint(host: "127.0.0.2", port: port, usesTLS: true),
                        .init(
                            caFile: certificates.authority, certificateFile: certificates.clientCertificate,
                            privateKeyFile: certificates.clientKey)
                    ),
                ]
                for (name, endpoint, tls) in cases {
                    try await withClient(
                        endpoint,
                        configure: {
                            $0.tls = tls
                            $0.requestTimeout = .milliseconds(700)
                        },
                        { client in
                            let error = await expectError(.unavailable) { _ = try await client.get("a") }
                            #expect(error?.message.isEmpty == false, "\(name)")
                        })
                }
            }
        }

        @Test func aMissingFileIsNamed() async throws {
            try await withClient(
                EtcdClient.Endpoint(host: "localhost", port: 1, usesTLS: true),
                configure: { $0.tls = .init(caFile: "/nowhere/authority.pem") },
                { client in
                    let error = await expectError(.badConfiguration) { _ = try await client.get("a") }
                    #expect(error?.message.contains("/nowhere/authority.pem") == true)
                })
        }
    }
}
