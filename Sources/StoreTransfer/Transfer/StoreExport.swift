import EtcdClient

/// Writes the keys of a store, as of one revision, into a file.
///
/// Interrupted by whatever it was, the same export goes on where it stopped. Only if the store has meanwhile forgotten
/// the revision does it begin anew, with a newer one.
package struct StoreExport: Sendable {
    /// What an export did.
    package struct Report: Codable, Hashable, Sendable {
        package let file: String
        /// The cluster's number in hexadecimal.
        package let cluster: String
        /// Everything in the file is as of this revision.
        package let revision: Int64
        package let keys: Int
        package let leases: Int
        package let keysOnLeases: Int
        /// Keys that an earlier run had written.
        package let resumedAfter: Int
        package let sha256: String
    }

    /// How often to begin anew when the store forgets its history faster than it can be read.
    private static let maximumStarts = 5

    private let client: EtcdClient
    private let prefix: Key
    private let patience: Patience
    private let onProgress: TransferProgress.Observer

    package init(
        of client: EtcdClient, prefix: Key = Key([]), patience: Patience,
        onProgress: @escaping TransferProgress.Observer = { _ in }
    ) {
        self.client = client
        self.prefix = prefix
        self.patience = patience
        self.onProgress = onProgress
    }

    /// Returns when the file is whole and durable. Until then it is called `path.partial`.
    ///
    /// - Throws: ``TransferError``, `EtcdError`, or `CancellationError`.
    package func write(to path: String) async throws -> Report {
        let file = try PartialFile(path)
        var writer = try ExportWriter(resuming: file)
        if let writer { try await self.mustFit(writer.header, file) }
        let resumedAfter = writer?.keys ?? 0
        var starts = 0
        while true {
            let current: ExportWriter
            if let writer {
                current = writer
            } else {
                starts += 1
                current = try ExportWriter(file, header: try await self.header())
            }
            do {
                try await self.copy(into: current)
                return Report(
                    file: path, cluster: current.header.cluster, revision: current.header.revision,
                    keys: current.keys, leases: current.leases, keysOnLeases: current.keysOnLeases,
                    resumedAfter: starts == 0 ? resumedAfter : 0, sha256: try current.finish())
            } catch let error as EtcdError where error.code == .compacted {
                guard starts < Self.maximumStarts else {
                    throw TransferError(
                        .compacted,
                        "the store forgot revision \(current.header.revision) while it was read, \(starts) times",
                        remedy: "Let it keep its history for longer, or export when fewer keys change.")
                }
                writer = nil
            }
        }
    }

    private func copy(into writer: ExportWriter) async throws {
        var reader = StoreReader(
            self.client, writer.header.range, revision: Revision(writer.header.revision), after: writer.position,
            looksUpLeases: true, patience: self.patience)
        while let page = try await reader.next() {
            try writer.append(page)
            self.onProgress(
                TransferProgress(phase: .reading, keys: writer.keys, total: Int(writer.header.count)))
        }
        // The server counts keys its own way: a page that was lost anywhere would show here.
        guard writer.keys == writer.header.count else {
            throw TransferError(
                .differs, "the store counts \(writer.header.count.keys), but \(writer.keys) came",
                remedy: "Remove the unfinished file and export again; if it happens again, the store is damaged.")
        }
    }

    private func header() async throws -> ExportLine.Header {
        let (client, range) = (self.client, KeyRange.prefix(self.prefix))
        let result = try await self.patience.keepTrying {
            var options = RangeOptions()
            options.countOnly = true
            return try await client.range(range, options: options)
        }
        return ExportLine.Header(
            cluster: "\(result.clusterID)", revision: result.revision.rawValue, prefix: .init(self.prefix.bytes),
            count: result.count)
    }

    /// What is left of an earlier export must be of the same keys of the same store.
    private func mustFit(_ earlier: ExportLine.Header, _ file: PartialFile) async throws {
        let present = try await self.header()
        guard present.cluster == earlier.cluster, present.prefix == earlier.prefix,
            present.revision >= earlier.revision
        else {
            throw TransferError(
                .exists, "\(file.partialPath) is the beginning of another export",
                remedy: "Remove it, or give another name.")
        }
    }
}
