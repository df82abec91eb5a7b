import EtcdClient

/// Where keys come from: as of one revision, as often as needed.
package enum TransferSource: Sendable {
    /// A file that ``StoreExport`` has written.
    case file(String)
    /// A store.
    ///
    /// - `revision`: What to read; `nil` for the newest.
    case store(EtcdClient, prefix: Key, revision: Revision?)
}

/// A source whose revision is settled.
struct SettledSource: Sendable {
    private enum Place {
        case file(String)
        case store(EtcdClient)
    }

    let cluster: String
    let revision: Revision
    let range: KeyRange
    let count: Int
    private let place: Place
    private let patience: Patience

    init(_ source: TransferSource, patience: Patience) async throws {
        self.patience = patience
        switch source {
        case .file(let path):
            let header = try ExportReader(path).header
            self.cluster = header.cluster
            self.revision = Revision(header.revision)
            self.range = header.range
            self.count = Int(header.count)
            self.place = .file(path)
        case .store(let client, let prefix, let revision):
            let range = KeyRange.prefix(prefix)
            let result = try await patience.keepTrying {
                var options = RangeOptions()
                options.countOnly = true
                options.revision = revision
                return try await client.range(range, options: options)
            }
            self.cluster = "\(result.clusterID)"
            self.revision = revision ?? result.revision
            self.range = range
            self.count = Int(result.count)
            self.place = .store(client)
        }
    }

    /// Reads it from its beginning.
    func reader() throws -> any KeyReader {
        switch self.place {
        case .file(let path):
            try ExportReader(path)
        case .store(let client):
            StoreReader(client, self.range, revision: self.revision, looksUpLeases: true, patience: self.patience)
        }
    }
}
