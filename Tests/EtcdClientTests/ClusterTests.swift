import EtcdClient
import TestSupport
import Testing

extension RealServers {
    /// Needs several members: against genuine etcds, three of them.
    @Suite struct ClusterTests {
        private func withCluster(
            _ release: EtcdRelease, requestTimeout: Duration = .seconds(10),
            balancing: EtcdClient.Balancing = .roundRobin,
            _ body: (EtcdCluster, EtcdClient) async throws -> Void
        ) async throws {
            try await EtcdCluster.with(size: 3, release: release) { cluster in
                var configuration = EtcdClient.Configuration(
                    endpoints: try cluster.members.map { try EtcdClient.Endpoint($0.endpoint) })
                configuration.requestTimeout = requestTimeout
                configuration.balancing = balancing
                let client = EtcdClient(configuration, logger: .quiet)
                do {
                    try await body(cluster, client)
                    await client.close()
                } catch {
                    await client.close()
                    throw error
                }
            }
        }

        /// etcd drops a change of members that comes while another is being applied, and leaves it without an answer.
        private func expectNotFound(_ change: () async throws -> [Member]) async throws {
            try await eventually("a change of nobody being refused") {
                do {
                    _ = try await change()
                    return false
                } catch let error as EtcdError where error.code == .memberNotFound {
                    return true
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func aClusterOfOneKnowsItself(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint, configure: { $0.requestTimeout = .seconds(1) }) { client in
                    let members = try await client.cluster.members()
                    #expect(members.count == 1)
                    #expect(members.first?.isLearner == false)
                    #expect(members.first?.clientURLs == [endpoint.description])
                    let nobody = MemberID(1)
                    try await self.expectNotFound { try await client.cluster.removeMember(nobody) }
                    try await self.expectNotFound { try await client.cluster.promoteMember(nobody) }
                    try await self.expectNotFound {
                        try await client.cluster.updateMember(nobody, peerURLs: ["http://127.0.0.1:1"])
                    }
                    await expectError(.memberURLsInvalid) { _ = try await client.cluster.addMember(peerURLs: ["no"]) }
                    await expectError(.badLeaderTransferee) { try await client.maintenance.moveLeader(to: nobody) }
                }
            }
        }

        @Test(arguments: EtcdRelease.allCases)
        func membersAreListedAddedPromotedUpdatedAndRemoved(release: EtcdRelease) async throws {
            // Each member has its own view of how healthy the others are: one is asked.
            try await self.withCluster(release, balancing: .failover) { cluster, client in
                for linearizable in [true, false] {
                    let members = try await client.cluster.members(linearizable: linearizable)
                    #expect(Set(members.map(\.name)) == ["m0", "m1", "m2"])
                    #expect(Set(members.flatMap(\.clientURLs)) == Set(cluster.members.map(\.endpoint)))
                }
                let place = try cluster.reserveMember()
                // Right after its start a cluster thinks itself unhealthy.
                let learner = try await eventually("the cluster taking a member") {
                    try await client.cluster.addLearner(peerURLs: [place.peerURL])
                }
                #expect(learner.isLearner)
                #expect(learner.name.isEmpty)
                let other = "http://127.0.0.1:\(try FreePort.next())"
                await expectError(.memberExists) {
                    _ = try await client.cluster.addMember(peerURLs: [place.peerURL])
                }
                await expectError(.peerURLExists) {
                    _ = try await client.cluster.addMember(peerURLs: [place.peerURL, other])
                }
                await expectError(.memberURLsInvalid) {
                    _ = try await client.cluster.addMember(peerURLs: ["nonsense"])
                }
                await expectError(.learnerNotReady) { try await client.cluster.promoteMember(learner.id) }
                try await cluster.start(place, joins: true)
                // It may take its time to catch up.
                let members = try await eventually("the learner becoming a member") {
                    try await client.cluster.promoteMember(learner.id)
                }
                #expect(members.contains { $0.id == learner.id && !$0.isLearner && $0.name == place.name })
                await expectError(.notLearner) { try await client.cluster.promoteMember(learner.id) }

                let moved = "http://127.0.0.1:\(try FreePort.next())"
                let updated = try await client.cluster.updateMember(learner.id, peerURLs: [place.peerURL, moved])
                #expect(updated.first { $0.id == learner.id }?.peerURLs.sorted() == [place.peerURL, moved].sorted())

                let left = try await client.cluster.removeMember(learner.id)
                #expect(Set(left.map(\.name)) == ["m0", "m1", "m2"])
                await expectError(.memberNotFound) { try await client.cluster.removeMember(learner.id) }
                await expectError(.memberNotFound) {
                    try await client.cluster.updateMember(MemberID(1), peerURLs: [moved])
                }
            }
        }

        @Test(arguments: EtcdRelease.allCases)
        func theLeadMovesAndOnlyTheLeaderMovesIt(release: EtcdRelease) async throws {
            try await self.withCluster(release) { cluster, client in
                let status = try await client.maintenance.status()
                let leader = try #require(status.leader)
                let other = try #require(try await client.cluster.members().first { $0.id != leader })
                try await client.maintenance.moveLeader(to: other.id)
                try await eventually("every member seeing the new leader") {
                    for member in cluster.members {
                        let status = try await client.maintenance.status(at: EtcdClient.Endpoint(member.endpoint))
                        guard status.leader == other.id else { return false }
                    }
                    return true
                }
                await expectError(.badLeaderTransferee) { try await client.maintenance.moveLeader(to: MemberID(1)) }
                // A client that knows only a follower cannot.
                let follower = try #require(
                    try await client.cluster.members().first { $0.id != other.id }?.clientURLs.first)
                try await withClient(EtcdClient.Endpoint(follower)) { client in
                    await expectError(.notLeader) { try await client.maintenance.moveLeader(to: leader) }
                }
            }
        }

        @Test func aWatchAndWritesGoOnWhenTheMemberTheyUseIsKilled() async throws {
            // One connection, so that the member that answers is the one that the watch is on.
            try await self.withCluster(.v3_5, balancing: .failover) { cluster, client in
                let start = try await client.put("count", "0").revision
                var batches = client.watch(.key("count"), from: start.next).makeAsyncIterator()
                for round in 1...2 {
                    let status = try await client.maintenance.status()
                    let inUse = try #require(
                        try await client.cluster.members().first { $0.id == status.member }?.name)
                    let member = try #require(cluster.members.first { $0.name == inUse })
                    cluster.kill(member)
                    // A write that may have happened is not made twice by the client; here that is no harm.
                    try await eventually("a write after a kill") {
                        try await client.put("count", Value("\(round)"))
                        return true
                    }
                    var seen: [Value] = []
                    while seen.last != Value("\(round)") {
                        let batch = try #require(try await batches.next())
                        seen += batch.events.map(\.keyValue.value)
                    }
                    #expect(Set(seen) == [Value("\(round)")])
                    try await cluster.start(member)
                }
            }
        }

        /// Members advertise what they know of themselves, which is often not what a client can reach.
        @Test func whatMembersAdvertiseIsNotFollowed() async throws {
            var options = EtcdProcess.Options()
            options.arguments = ["--advertise-client-urls=http://192.0.2.1:2379"]
            try await withEtcd(options) { etcd in
                try await withClient(EtcdClient.Endpoint(etcd.endpoint)) { client in
                    let members = try await client.cluster.members()
                    #expect(members.first?.clientURLs == ["http://192.0.2.1:2379"])
                    try await client.put("a", "1")
                    try await etcd.crashAndRestart()
                    // A lost connection is no reason either.
                    let found = try await client.get("a")
                    #expect(found?.value == "1")
                }
            }
        }

        /// Round robin: every member serves its share, and one that is gone costs no call more than a moment.
        @Test func callsGoToEveryMemberThatServes() async throws {
            try await self.withCluster(.v3_5) { cluster, client in
                func answering(_ calls: Int) async throws -> Set<MemberID> {
                    var members: Set<MemberID> = []
                    for _ in 0..<calls { members.insert(try await client.maintenance.status().member) }
                    return members
                }
                try await eventually("all three answering") { try await answering(6).count == 3 }
                cluster.kill(cluster.members[1])
                try await eventually("two answering") { try await answering(6).count == 2 }
                for number in 0..<20 { _ = try await client.get(Key("\(number)")) }
                try await cluster.start(cluster.members[1])
                try await eventually("all three answering again") { try await answering(6).count == 3 }
            }
        }

        /// `hasleader`: a member cut off from the majority must end its streams, so that they move to another.
        @Test func aWatchLeavesAMemberThatHasLostItsLeader() async throws {
            try await self.withCluster(.v3_5, requestTimeout: .seconds(3)) { cluster, _ in
                let first = cluster.members[0]
                let endpoint = try EtcdClient.Endpoint(first.endpoint)
                try await withClient(endpoint) { client in
                    let connected = Shared<[Bool]>([])
                    let start = try await client.put("a", "0").revision
                    let watch = client.watch(.key("a"), from: start.next)
                        .observingConnection { isConnected in connected.update { $0.append(isConnected) } }
                    try await withThrowingTaskGroup(of: WatchBatch?.self) { group in
                        group.addTask {
                            var batches = watch.makeAsyncIterator()
                            return try await batches.next()
                        }
                        try await eventually("the watch being heard") { connected.get() == [true] }
                        cluster.kill(cluster.members[1])
                        cluster.kill(cluster.members[2])
                        // The member still runs and still takes connections: only its word tells.
                        try await eventually("the watch being told that there is no leader", within: .seconds(30)) {
                            connected.get().contains(false)
                        }
                        await #expect(throws: EtcdError.self) { try await client.put("a", "lost") }
                        try await cluster.start(cluster.members[1])
                        try await eventually("a write with the majority back", within: .seconds(30)) {
                            try await client.put("a", "1")
                            return true
                        }
                        let batch = try #require(try await group.next() ?? nil)
                        #expect(batch.events.first.map { ["1", "lost"].contains($0.keyValue.value) } == true)
                        group.cancelAll()
                    }
                }
            }
        }
    }
}
