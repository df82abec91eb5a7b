import EtcdClient
import Foundation

/// Where the mediator of a data folder is, for other programs on this machine: written at each start of the server.
struct MediatorRecord: Codable, Sendable {
    /// How this machine reaches the embedded store while the server runs; nil for a cluster outside.
    struct Embedded: Codable, Sendable {
        let endpoint: String
        let authorityFile: String?
        let serverName: String?
    }

    static let fileName = "mediator.json"

    let embedded: Embedded?
    /// The addresses of the cluster outside.
    let outside: [String]

    static func path(in dataDirectory: String) -> String { "\(dataDirectory)/\(Self.fileName)" }

    /// - Returns: Nil where no server was started yet.
    static func read(in dataDirectory: String) -> MediatorRecord? {
        FileManager.default.contents(atPath: Self.path(in: dataDirectory)).flatMap {
            try? JSONDecoder().decode(MediatorRecord.self, from: $0)
        }
    }

    func write(in dataDirectory: String) throws {
        try PrivateFile.write(
            String(decoding: try JSONEncoder().encode(self), as: UTF8.self), to: Self.path(in: dataDirectory))
    }
}

extension MediatorRecord {
    /// Of a server that was just configured.
    init(_ client: EtcdClient.Configuration, isEmbedded: Bool) {
        let endpoints = client.endpoints.map { "\($0)" }
        self.embedded =
            isEmbedded
            ? endpoints.first.map {
                Embedded(endpoint: $0, authorityFile: client.tls?.caFile, serverName: client.tls?.serverName)
            } : nil
        self.outside = isEmbedded ? [] : endpoints
    }
}
