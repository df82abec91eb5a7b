import EtcdStore
import EtcdTransport
import EtcdWire
import Foundation

/// `v3electionpb.Election`: whoever's key under a name was created first leads, and its value is what it proclaims.
struct ElectionService: GRPCService {
    static let name = "v3electionpb.Election"
    let context: ServiceContext
    let watches: WatchService

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/v3electionpb.Election/Campaign":
            .stream { [self] stream in
                WaitingCall<V3electionpb_CampaignRequest>(stream) { request, stream in
                    _ = stream.send(try await self.campaign(request, self.client(stream)))
                }
            }
        case "/v3electionpb.Election/Proclaim":
            .stream { [self] stream in
                WaitingCall<V3electionpb_ProclaimRequest>(stream) { request, stream in
                    let leader = try Self.leader(request.hasLeader ? request.leader : nil)
                    let head = try await self.proclaim(
                        Bytes(request.value), as: leader, self.client(stream))
                    var response = V3electionpb_ProclaimResponse()
                    response.header = self.context.header(head)
                    _ = stream.send(response)
                }
            }
        case "/v3electionpb.Election/Leader":
            .stream { [self] stream in
                WaitingCall<V3electionpb_LeaderRequest>(stream) { request, stream in
                    let found = try self.client(stream).range(.first(of: Bytes(request.name) + "/"))
                    guard let leader = found.versions.first else {
                        throw GRPCStatus(.unknown, "election: no leader")
                    }
                    _ = stream.send(self.response(leader, found.headerRevision))
                }
            }
        case "/v3electionpb.Election/Observe":
            .stream { [self] stream in
                WaitingCall<V3electionpb_LeaderRequest>(stream) { request, stream in
                    try await self.observe(Bytes(request.name) + "/", stream)
                }
            }
        case "/v3electionpb.Election/Resign":
            .stream { [self] stream in
                WaitingCall<V3electionpb_ResignRequest>(stream) { request, stream in
                    let leader = try Self.leader(request.hasLeader ? request.leader : nil)
                    var response = V3electionpb_ResignResponse()
                    response.header = self.context.header(try await self.resign(leader, self.client(stream)))
                    _ = stream.send(response)
                }
            }
        default: nil
        }
    }

    private func client(_ stream: GRPCServerStream) -> LocalClient {
        LocalClient(context: self.context, watches: self.watches, info: stream.info)
    }

    private static func leader(_ leader: V3electionpb_LeaderKey?) throws -> V3electionpb_LeaderKey {
        guard let leader else { throw GRPCStatus(.unknown, "\"leader\" field must be provided") }
        return leader
    }

    private func response(_ leader: KeyVersion, _ revision: Revision) -> V3electionpb_LeaderResponse {
        var response = V3electionpb_LeaderResponse()
        response.header = self.context.header(revision)
        response.kv = Mvccpb_KeyValue(leader)
        return response
    }

    private func campaign(
        _ request: V3electionpb_CampaignRequest, _ client: LocalClient
    ) async throws -> V3electionpb_CampaignResponse {
        let lease = try await client.lease(orNewInsteadOf: request.lease)
        let prefix = Bytes(request.name) + "/"
        let key = Bytes.candidate(prefix, lease)
        let value = Bytes(request.value)
        let result = try await client.run(
            Transaction(
                if: [Comparison(.single(key), .equal, .createRevision(0))],
                then: [.put(PutOperation(key, value, lease: lease))],
                else: [.range(RangeOperation(.single(key)))]))
        var leader = V3electionpb_LeaderKey()
        leader.name = request.name
        leader.key = Data(key)
        leader.lease = lease.number
        leader.rev = result.headerRevision.number
        do {
            if !result.succeeded, case .range(let found)? = result.results.first, let own = found.versions.first {
                leader.rev = own.createRevision.number
                if own.value != value { _ = try await self.proclaim(value, as: leader, client) }
            }
            try await client.waitForDeletion(of: prefix, createdUpTo: leader.rev - 1)
        } catch {
            // Who does not wait any more must not be elected.
            _ = try? await self.resign(leader, client)
            throw error
        }
        var response = V3electionpb_CampaignResponse()
        response.header = self.context.header(result.headerRevision)
        response.leader = leader
        return response
    }

    private func proclaim(
        _ value: Bytes, as leader: V3electionpb_LeaderKey, _ client: LocalClient
    ) async throws -> Revision {
        let key = Bytes(leader.key)
        let result = try await client.run(
            Transaction(
                if: [Comparison(.single(key), .equal, .createRevision(leader.rev))],
                then: [.put(PutOperation(key, value, lease: LeaseID(leader.lease)))]))
        guard result.succeeded else { throw GRPCStatus(.unknown, "election: not leader") }
        return result.headerRevision
    }

    /// Resigning from what one does not lead is no error.
    private func resign(_ leader: V3electionpb_LeaderKey, _ client: LocalClient) async throws -> Revision {
        let key = Bytes(leader.key)
        return try await client.run(
            Transaction(
                if: [Comparison(.single(key), .equal, .createRevision(leader.rev))],
                then: [.delete(DeleteOperation(.single(key)))])
        ).headerRevision
    }

    // MARK: Observing

    /// Tells each leader, and each of its proclamations, until the client goes away.
    private func observe(_ prefix: Bytes, _ stream: GRPCServerStream) async throws {
        let client = self.client(stream)
        while true {
            let found = try client.range(.first(of: prefix))
            var leader = found.versions.first
            var revision = found.headerRevision
            if leader == nil {
                let first = try await client.watch(
                    WatchRequest(.prefix(prefix), startRevision: found.headerRevision)
                ) { response in try Self.events(response).first { !$0.isTombstone } }
                leader = first
                revision = first.modRevision
            }
            guard let leader else { continue }
            try await self.send(self.response(leader, revision), on: stream)
            // Until the leader's key is gone; then somebody else leads, or nobody.
            try await client.watch(
                WatchRequest(.single(leader.key), startRevision: revision.next)
            ) { response in
                for change in try Self.events(response) {
                    if change.isTombstone { return () }
                    try await self.send(self.response(change, response.headerRevision), on: stream)
                }
                return nil
            }
        }
    }

    private static func events(_ response: WatchResponse) throws -> [KeyVersion] {
        switch response.content {
        case .events(let events, _): events.map(\.change)
        case .compacted: throw StoreError.compacted
        case .refused, .canceled: throw StoreError.stopped
        case .created, .progress: []
        }
    }

    /// Waits while the client does not read: the store's own bounded queue is the buffer.
    private func send(_ response: V3electionpb_LeaderResponse, on stream: GRPCServerStream) async throws {
        while true {
            switch stream.send(response) {
            case .queued: return
            case .closed: throw CancellationError()
            case .full: try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
