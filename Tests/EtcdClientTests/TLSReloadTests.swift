import EtcdClient
import Foundation
import TestSupport
import Testing

extension RealServers {
    @Suite struct TLSReloadTests {
        /// The server moves to the certificate of another authority; the client's files follow while it runs.
        @Test func rotatedCertificatesAreTakenUpByNewConnections() async throws {
            try await withTemporaryFolder { folder in
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/old", withIntermediateDirectories: false)
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/new", withIntermediateDirectories: false)
                let old = try await TestCertificates(folder: "\(folder)/old")
                let new = try await TestCertificates(folder: "\(folder)/new")
                let inUse = (ca: "\(folder)/ca.pem", cert: "\(folder)/cert.pem", key: "\(folder)/key.pem")
                func copy(_ from: String, _ to: String) throws {
                    try Data(contentsOf: URL(fileURLWithPath: from)).write(
                        to: URL(fileURLWithPath: to), options: .atomic)
                }
                try copy(old.authority, inUse.ca)
                try copy(old.clientCertificate, inUse.cert)
                try copy(old.clientKey, inUse.key)
                let server = (cert: "\(folder)/server.pem", key: "\(folder)/server.key", ca: "\(folder)/server-ca.pem")
                try copy(old.serverCertificate, server.cert)
                try copy(old.serverKey, server.key)
                try copy(old.authority, server.ca)
                var options = EtcdProcess.Options()
                options.certificateFile = server.cert
                options.privateKeyFile = server.key
                options.clientAuthorityFile = server.ca
                try await withEtcd(options) { etcd in
                    try await withClient(
                        EtcdClient.Endpoint(etcd.endpoint),
                        configure: {
                            $0.tls = .init(caFile: inUse.ca, certificateFile: inUse.cert, privateKeyFile: inUse.key)
                            $0.requestTimeout = .seconds(2)
                        },
                        { client in
                            let start = try await client.put("a", "1").revision
                            var batches = client.watch(.key("a"), from: start.next).makeAsyncIterator()
                            etcd.kill()
                            try copy(new.serverCertificate, server.cert)
                            try copy(new.serverKey, server.key)
                            try copy(new.authority, server.ca)
                            try await etcd.start()
                            // The old files do not do any more, while a watch keeps trying all along.
                            async let next = batches.next()
                            await expectError(.unavailable) { _ = try await client.get("a") }
                            // Half of the rotation is a state that must be survived: certificate and key do not match.
                            try copy(new.authority, inUse.ca)
                            try copy(new.clientCertificate, inUse.cert)
                            await expectError(.unavailable) { _ = try await client.get("a") }
                            try copy(new.clientKey, inUse.key)
                            try await eventually("the new files being taken up") {
                                try await client.put("a", "2")
                                return true
                            }
                            let batch = try #require(try await next)
                            #expect(batch.events.first?.keyValue.value == "2")
                        })
                }
            }
        }
    }
}
