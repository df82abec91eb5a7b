import EtcdTransport
import EtcdWire

extension EtcdClient {
    /// The health and upkeep of the members.
    public var maintenance: Maintenance { Maintenance(client: self) }

    /// Tends a store; from ``EtcdClient/maintenance``.
    ///
    /// Most of these calls are about one member and not about the cluster. `at` says which one by its address; `nil`
    /// means one that the client is connected to, with several endpoints the one whose turn it is. A given endpoint is called over a connection of its own, with the
    /// client's TLS files and credentials.
    ///
    /// Everything here throws ``EtcdError``, or `CancellationError` when the task is cancelled.
    public struct Maintenance: Sendable {
        let client: EtcdClient

        /// How a member is: its version, its size, and who leads.
        public func status(at endpoint: Endpoint? = nil) async throws -> MemberStatus {
            let response: Etcdserverpb_StatusResponse = try await self.client.atMember(endpoint) { client in
                try await client.call(.status, Etcdserverpb_StatusRequest(), retry: .always)
            }
            return MemberStatus(response)
        }

        /// Gives space that compaction freed back to the file system. The member serves nobody meanwhile: tend one member
        /// after the other.
        ///
        /// - Parameter timeout: How long it may take; large stores take minutes.
        public func defragment(at endpoint: Endpoint? = nil, timeout: Duration = .seconds(300)) async throws {
            let _: Etcdserverpb_DefragmentResponse = try await self.client.atMember(endpoint) { client in
                try await client.call(.defragment, Etcdserverpb_DefragmentRequest(), retry: .ifUnsent, timeout: timeout)
            }
        }

        /// A checksum of a member's whole file, as etcd keeps it. Members of one cluster may differ; for comparing them
        /// there is ``hashKV(to:at:timeout:)``.
        public func hash(at endpoint: Endpoint? = nil, timeout: Duration = .seconds(60)) async throws -> UInt32 {
            let response: Etcdserverpb_HashResponse = try await self.client.atMember(endpoint) { client in
                try await client.call(.hash, Etcdserverpb_HashRequest(), retry: .always, timeout: timeout)
            }
            return response.hash
        }

        /// A checksum of the history of all keys: equal on all members that keep the same revisions.
        ///
        /// - Parameter revision: The last one to count; `nil` for all there are.
        /// - Throws: ``EtcdError``; `compacted` or `futureRevision`.
        public func hashKV(
            to revision: Revision? = nil, at endpoint: Endpoint? = nil, timeout: Duration = .seconds(60)
        ) async throws -> KeyValueHash {
            var request = Etcdserverpb_HashKVRequest()
            request.revision = revision?.rawValue ?? 0
            let asked = request
            let response: Etcdserverpb_HashKVResponse = try await self.client.atMember(endpoint) { client in
                try await client.call(.hashKV, asked, retry: .always, timeout: timeout)
            }
            return KeyValueHash(
                hash: response.hash, compactRevision: Revision(response.compactRevision),
                // Before 3.6 only the header tells where the member was.
                revision: revision ?? Revision(max(response.hashRevision, response.header.revision)))
        }

        /// Hands the lead over to another member.
        ///
        /// Only the leader can do that: it is looked for among the endpoints of the client's configuration.
        ///
        /// - Throws: ``EtcdError``; `badLeaderTransferee` if there is no such member, `notLeader` if none of the endpoints
        ///   leads at the moment.
        public func moveLeader(to member: MemberID) async throws {
            var request = Etcdserverpb_MoveLeaderRequest()
            request.targetID = member.rawValue
            let asked = request
            var lastError: (any Error)?
            for endpoint in self.client.configuration.endpoints {
                do {
                    let status = try await self.status(at: endpoint)
                    guard status.leader == status.member else { continue }
                } catch let error as EtcdError {
                    lastError = error
                    continue
                }
                let _: Etcdserverpb_MoveLeaderResponse = try await self.client.atMember(endpoint) { client in
                    try await client.call(.moveLeader, asked, retry: .ifUnsent)
                }
                return
            }
            throw EtcdError(
                .notLeader, "none of the client's endpoints leads; name all members in the client's configuration",
                cause: lastError)
        }
    }

    /// Lends a client of one member.
    func atMember<Result: Sendable>(
        _ endpoint: Endpoint?, _ body: (EtcdClient) async throws -> Result
    ) async throws -> Result {
        guard let endpoint else { return try await body(self) }
        var configuration = self.configuration
        configuration.endpoints = [endpoint]
        let client = EtcdClient(configuration, logger: self.logger)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}

extension Method {
    fileprivate static let defragment = Method(path: "/etcdserverpb.Maintenance/Defragment")
    fileprivate static let hash = Method(path: "/etcdserverpb.Maintenance/Hash")
    fileprivate static let hashKV = Method(path: "/etcdserverpb.Maintenance/HashKV")
    fileprivate static let moveLeader = Method(path: "/etcdserverpb.Maintenance/MoveLeader")
}
