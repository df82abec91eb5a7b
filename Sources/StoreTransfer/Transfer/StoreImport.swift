import EtcdClient

/// Puts the keys of an export, or of another store, into a store, and compares every key and value afterwards.
///
/// It may be interrupted at any moment: run again it finds what is there already, and puts the rest. That is also why a
/// target is accepted if it is empty, or has nothing but keys that the import would put.
package struct StoreImport: Sendable {
    /// What becomes of keys that the target has and the source has not, or has with another value.
    package enum Conflicts: String, CaseIterable, Sendable {
        /// The import does not begin if there is one.
        case refuse
        /// The source's value is put; keys that the source does not have stay.
        case merge
        /// The target becomes as the source: keys that the source does not have are deleted.
        case replace
    }

    /// What an import did.
    package struct Report: Codable, Hashable, Sendable {
        package let sourceCluster: String
        package let sourceRevision: Int64
        package let targetCluster: String
        /// The target's revision when it was compared.
        package let targetRevision: Int64
        /// Keys that were compared, one by one, and found equal.
        package let verified: Int
        package let written: Int
        /// Keys that the target had already, with the same value and lease.
        package let alreadyThere: Int
        package let deleted: Int
        package let leases: Int
        package let keysOnLeases: Int
        /// Keys of leases that had ended, or that were not wanted.
        package let leftOut: Int
    }

    private let target: EtcdClient
    private let conflicts: Conflicts
    private let leasePolicy: LeasePolicy
    private let patience: Patience
    private let onProgress: TransferProgress.Observer

    package init(
        into target: EtcdClient, conflicts: Conflicts = .refuse, leases: LeasePolicy = .keep, patience: Patience,
        onProgress: @escaping TransferProgress.Observer = { _ in }
    ) {
        self.target = target
        self.conflicts = conflicts
        self.leasePolicy = leases
        self.patience = patience
        self.onProgress = onProgress
    }

    /// Returns when every key has been put and compared.
    ///
    /// - Throws: ``TransferError``, `EtcdError`, or `CancellationError`. What was put stays.
    package func copy(from source: TransferSource) async throws -> Report {
        do {
            return try await self.copy(from: SettledSource(source, patience: self.patience))
        } catch let error as EtcdError where error.code == .compacted {
            throw TransferError(
                .compacted, "the revision that was being read is forgotten: \(error.message)",
                remedy: "Run it again for the newest revision. To a target that is not empty, with --replace.")
        }
    }

    private func copy(from source: SettledSource) async throws -> Report {
        if self.conflicts == .refuse { try await self.mustBeEmptyOrBegun(source) }
        let leases = TransferLeases(self.target, patience: self.patience)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await leases.run() }
            defer { group.cancelAll() }
            var batches = WriteBatches(self.target, patience: self.patience)
            let found = try await self.write(source, leases, &batches)
            let (verified, expected, result) = try await self.verify(source)
            return Report(
                sourceCluster: source.cluster, sourceRevision: source.revision.rawValue,
                targetCluster: "\(result.clusterID)", targetRevision: result.revision.rawValue, verified: verified,
                written: batches.puts, alreadyThere: found, deleted: batches.deletes, leases: await leases.count,
                keysOnLeases: expected.leased, leftOut: expected.leftOut)
        }
    }

    private func mustBeEmptyOrBegun(_ source: SettledSource) async throws {
        let present = try await self.head(of: source.range)
        guard present.count > 0 else { return }
        var comparison = KeyComparison(
            source: ExpectedKeys(try source.reader(), self.leasePolicy), target: self.reader(source.range, nil))
        var differences = Differences()
        while let finding = try await comparison.next() {
            // What is missing is what is still to do.
            if case .missing = finding { continue }
            differences.add(finding)
            self.progress(.comparing, differences.equal, source)
        }
        guard differences.different + differences.extra == 0 else {
            throw TransferError(
                .occupied,
                "the target holds keys that this import would not put: \(differences.summary) "
                    + "(\(differences.examples.joined(separator: ", ")))",
                remedy: "Use an empty store, or --merge to put the keys beside them, or --replace to delete them.")
        }
    }

    /// Puts what is missing or different. Returns how many keys were there already.
    private func write(
        _ source: SettledSource, _ leases: TransferLeases, _ batches: inout WriteBatches
    ) async throws -> Int {
        let isEmpty = try await self.head(of: source.range).count == 0
        // Page by page as of now: only keys behind the walk are written.
        let present: any KeyReader = isEmpty ? NoKeys() : self.reader(source.range, nil)
        var comparison = KeyComparison(source: ExpectedKeys(try source.reader(), self.leasePolicy), target: present)
        var equal = 0
        while let finding = try await comparison.next() {
            switch finding {
            case .equal(let expected):
                // Its lease may be that of an earlier run, which nobody renews.
                if let lease = expected.lease, let ttl = comparison.source.term(of: lease) {
                    try await leases.grant(lease, for: ttl)
                }
                equal += 1
            case .missing(let expected), .different(let expected, _):
                if let lease = expected.lease, let ttl = comparison.source.term(of: lease) {
                    try await leases.grant(lease, for: ttl)
                }
                try await batches.put(expected)
            case .extra(let actual):
                if self.conflicts == .replace { try await batches.delete(actual.key) }
            }
            self.progress(.writing, equal + batches.puts, source)
        }
        try await batches.finish()
        return equal
    }

    private func verify(_ source: SettledSource) async throws -> (Int, ExpectedKeys, RangeResult) {
        let head = try await self.head(of: source.range)
        var comparison = KeyComparison(
            source: ExpectedKeys(try source.reader(), self.leasePolicy),
            target: self.reader(source.range, head.revision))
        var differences = Differences()
        while let finding = try await comparison.next() {
            differences.add(finding, countsExtra: self.conflicts != .merge)
            self.progress(.verifying, differences.equal, source)
        }
        guard differences.missing + differences.different + differences.extra == 0 else {
            throw TransferError(
                .differs,
                "the target is not as the source: \(differences.summary) "
                    + "(\(differences.examples.joined(separator: ", ")))",
                remedy: "Make sure that nobody else writes to the target, and run it again.")
        }
        return (differences.equal, comparison.source, head)
    }

    private func head(of range: KeyRange) async throws -> RangeResult {
        let target = self.target
        return try await self.patience.keepTrying {
            var options = RangeOptions()
            options.countOnly = true
            return try await target.range(range, options: options)
        }
    }

    private func reader(_ range: KeyRange, _ revision: Revision?) -> StoreReader {
        StoreReader(self.target, range, revision: revision, looksUpLeases: false, patience: self.patience)
    }

    private func progress(_ phase: TransferProgress.Phase, _ keys: Int, _ source: SettledSource) {
        self.onProgress(TransferProgress(phase: phase, keys: keys, total: source.count))
    }
}
