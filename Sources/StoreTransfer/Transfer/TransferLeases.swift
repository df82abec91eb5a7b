import EtcdClient

/// Grants leases in the target and keeps them alive until the transfer is over: their keys would not live to be compared
/// otherwise.
actor TransferLeases {
    private let client: EtcdClient
    private let patience: Patience
    private var granted: Set<LeaseID> = []
    private var keepers: [LeaseKeeper] = []
    private let started: AsyncStream<LeaseKeeper>
    private let start: AsyncStream<LeaseKeeper>.Continuation

    init(_ client: EtcdClient, patience: Patience) {
        self.client = client
        self.patience = patience
        (self.started, self.start) = AsyncStream.makeStream()
    }

    var count: Int { self.granted.count }

    /// Renews what is granted, until the task is cancelled. Call it once.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await keeper in self.started {
                // A lease that is lost all the same takes its keys along, which the comparison will find.
                group.addTask { try? await keeper.run() }
            }
            group.cancelAll()
        }
    }

    /// Makes sure that the target has this lease.
    func grant(_ id: LeaseID, for ttl: Duration) async throws {
        guard !self.granted.contains(id) else { return }
        let client = self.client
        let lease: Lease = try await self.patience.keepTrying {
            do {
                return try await client.grantLease(ttl: ttl, id: id)
            } catch let error as EtcdError where error.code == .leaseExists {
                // Of an earlier run of this import, or somebody else's.
                let present = try await client.leaseTimeToLive(id)
                guard present.granted == ttl else {
                    throw TransferError(
                        .conflictingLease,
                        "lease \(id) exists in the target and lives for \(present.granted), not \(ttl)",
                        remedy: "Import with --leases drop or --leases omit, or revoke that lease first.")
                }
                return Lease(id: id, ttl: present.remaining)
            }
        }
        self.granted.insert(id)
        self.start.yield(client.keepAlive(lease))
    }
}
