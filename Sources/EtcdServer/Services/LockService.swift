import EtcdStore
import EtcdTransport
import EtcdWire
import Foundation

/// `v3lockpb.Lock`: whoever's key under a name was created first holds the lock.
struct LockService: GRPCService {
    static let name = "v3lockpb.Lock"
    let context: ServiceContext
    let watches: WatchService

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/v3lockpb.Lock/Lock":
            .stream { [self] stream in
                WaitingCall<V3lockpb_LockRequest>(stream) { request, stream in
                    _ = stream.send(try await self.lock(request, stream.info))
                }
            }
        case "/v3lockpb.Lock/Unlock":
            .stream { [self] stream in
                WaitingCall<V3lockpb_UnlockRequest>(stream) { request, stream in
                    let client = LocalClient(context: self.context, watches: self.watches, info: stream.info)
                    let result = try await client.delete(Bytes(request.key))
                    var response = V3lockpb_UnlockResponse()
                    response.header = self.context.header(result.headerRevision)
                    _ = stream.send(response)
                }
            }
        default: nil
        }
    }

    private func lock(_ request: V3lockpb_LockRequest, _ info: GRPCCallInfo) async throws -> V3lockpb_LockResponse {
        let client = LocalClient(context: self.context, watches: self.watches, info: info)
        let lease = try await client.lease(orNewInsteadOf: request.lease)
        let prefix = Bytes(request.name) + "/"
        let key = Bytes.candidate(prefix, lease)
        let owner = Transaction.Operation.range(.first(of: prefix))
        let result = try await client.run(
            Transaction(
                if: [Comparison(.single(key), .equal, .createRevision(0))],
                then: [.put(PutOperation(key, .empty, lease: lease)), owner],
                else: [.range(RangeOperation(.single(key))), owner]))
        var response = V3lockpb_LockResponse()
        response.key = Data(key)
        response.header = self.context.header(result.headerRevision)
        var own = result.headerRevision.number
        if !result.succeeded, case .range(let found)? = result.results.first, let version = found.versions.first {
            own = version.createRevision.number
        }
        if case .range(let found)? = result.results.last, let first = found.versions.first,
            first.createRevision.number != own
        {
            do {
                try await client.waitForDeletion(of: prefix, createdUpTo: own - 1)
            } catch {
                // Who does not wait any more must not keep others waiting.
                _ = try? await client.delete(key)
                throw error
            }
            let found = try client.range(RangeOperation(.single(key)))
            guard !found.versions.isEmpty else { throw GRPCStatus(.unknown, "mutex: session is expired") }
            response.header = self.context.header(found.headerRevision)
        }
        return response
    }
}
