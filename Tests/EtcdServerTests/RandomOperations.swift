import EtcdTransport
import EtcdWire
import Foundation
import SwiftProtobuf
import TestSupport

extension SeededGenerator {
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &self)] }
}

/// What came back for a request, without what differs between any two servers.
struct Outcome: Equatable, Sendable, CustomStringConvertible {
    let method: String
    let request: any Message
    let answer: Result<Data, GRPCStatus>

    static func == (left: Self, right: Self) -> Bool { left.answer == right.answer }

    /// The revision in the header.
    var revision: Int64? {
        guard case .success(let bytes) = self.answer else { return nil }
        return (try? Etcdserverpb_AuthEnableResponse(serializedBytes: bytes))?.header.revision
    }

    var description: String {
        switch self.answer {
        case .success(let bytes):
            "\(self.method) \(self.request.oneLine) -> \(bytes.map { String($0, radix: 16) }.joined(separator: " "))"
        case .failure(let status): "\(self.method) \(self.request.oneLine) -> \(status)"
        }
    }
}

/// Random requests, as likely wrong as right, and the same for the same seed.
struct RandomOperations {
    private var generator: SeededGenerator
    /// The newest revision seen, so that random revisions fall before, on and after it.
    var revision: Int64 = 1
    /// Few enough keys that they meet, and few enough (6) that Go sorts equals in the order they came.
    private static let keys = ["a", "a/1", "a\u{7f}", "b", "b/x", "c"].map { Data($0.utf8) }

    init(seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    /// Makes one call on `client` and returns what came back, without what differs between any two servers.
    mutating func next() -> @Sendable (RawClient) async -> Outcome {
        switch self.generator.number(0...99) {
        case 0..<30:
            return Self.call("KV/Put", self.put())
        case 30..<48:
            return Self.call("KV/Range", self.range())
        case 48..<56:
            return Self.call("KV/DeleteRange", self.delete())
        case 56..<82:
            return Self.call("KV/Txn", self.txn(depth: 2))
        case 82..<84:
            var request = Etcdserverpb_CompactionRequest()
            request.revision = self.randomRevision()
            request.physical = true
            return Self.call("KV/Compact", request)
        case 84..<88:
            var request = Etcdserverpb_LeaseGrantRequest()
            request.id = self.generator.number(1...6)
            request.ttl = request.id * 1_000
            return Self.call("Lease/LeaseGrant", request)
        case 88..<91:
            var request = Etcdserverpb_LeaseRevokeRequest()
            request.id = self.generator.number(1...6)
            return Self.call("Lease/LeaseRevoke", request)
        case 91..<93:
            var request = Etcdserverpb_LeaseTimeToLiveRequest()
            request.id = self.generator.number(1...6)
            request.keys = true
            return Self.call("Lease/LeaseTimeToLive", request, Etcdserverpb_LeaseTimeToLiveResponse.self) {
                $0.header = $0.header.masked
                $0.ttl = min($0.ttl, 1)  // the second differs
                $0.keys.sort { $0.lexicographicallyPrecedes($1) }
            }
        case 93..<94:
            return Self.call(
                "Lease/LeaseLeases", Etcdserverpb_LeaseLeasesRequest(), Etcdserverpb_LeaseLeasesResponse.self
            ) {
                $0.header = $0.header.masked
                $0.leases.sort { $0.id < $1.id }
            }
        default:
            var request = Etcdserverpb_HashKVRequest()
            request.revision = self.generator.chance(50) ? 0 : self.randomRevision()
            return Self.call("Maintenance/HashKV", request, Etcdserverpb_HashKVResponse.self) {
                $0.header = $0.header.masked
                $0.hashRevision = 0  // since 3.6
            }
        }
    }

    /// Reads that show all there is: the whole history's hash, and all leases.
    static var comparisons: [@Sendable (RawClient) async -> Outcome] {
        [
            Self.call("Maintenance/HashKV", Etcdserverpb_HashKVRequest(), Etcdserverpb_HashKVResponse.self) {
                $0.header = $0.header.masked
                $0.hashRevision = 0  // since 3.6
            },
            Self.call("Lease/LeaseLeases", Etcdserverpb_LeaseLeasesRequest(), Etcdserverpb_LeaseLeasesResponse.self) {
                $0.header = $0.header.masked
                $0.leases.sort { $0.id < $1.id }
            },
        ]
    }

    /// A call whose answer is compared by its bytes, but for the header, of which only the revision counts.
    private static func call(
        _ method: String, _ request: some Message
    ) -> @Sendable (RawClient) async -> Outcome {
        // Any answer reads as this one: a header, and fields it does not know.
        Self.call(method, request, Etcdserverpb_AuthEnableResponse.self) { $0.header = $0.header.masked }
    }

    private static func call<Response: Message>(
        _ method: String, _ request: some Message, _ type: Response.Type,
        mask: @escaping @Sendable (inout Response) -> Void
    ) -> @Sendable (RawClient) async -> Outcome {
        { client in
            let path = "/etcdserverpb.\(method)"
            switch await client.call(path, request, type) {
            case .success(var response):
                mask(&response)
                let bytes = (try? response.serializedData()) ?? Data()
                return Outcome(method: method, request: request, answer: .success(bytes))
            case .failure(let status): return Outcome(method: method, request: request, answer: .failure(status))
            }
        }
    }

    private mutating func randomRevision() -> Int64 {
        self.generator.number(max(-1, self.revision - 40)...(self.revision + 2))
    }

    private mutating func key() -> Data { self.generator.chance(2) ? Data() : self.generator.pick(Self.keys) }

    /// One key, a prefix, a range, everything, everything from a key on, or nothing.
    private mutating func keyRange() -> (key: Data, end: Data) {
        switch self.generator.number(0...9) {
        case 0...3: return (self.key(), Data())
        case 4...5: return (Data("a".utf8), Data("b".utf8))
        case 6: return (self.key(), Data([0]))
        case 7: return (Data([0]), Data([0]))
        default: return (self.key(), self.generator.pick(Self.keys))
        }
    }

    private mutating func put() -> Etcdserverpb_PutRequest {
        var request = Etcdserverpb_PutRequest()
        request.key = self.key()
        request.value = Data(self.generator.pick(["", "1", "2", "10", "x"]).utf8)
        if self.generator.chance(25) { request.lease = self.generator.number(1...7) }
        request.prevKv = self.generator.chance(30)
        request.ignoreValue = self.generator.chance(6)
        request.ignoreLease = self.generator.chance(6)
        if request.ignoreValue, self.generator.chance(80) { request.value = Data() }
        return request
    }

    private mutating func range() -> Etcdserverpb_RangeRequest {
        var request = Etcdserverpb_RangeRequest()
        (request.key, request.rangeEnd) = self.keyRange()
        if self.generator.chance(30) { request.limit = self.generator.number(-1...5) }
        if self.generator.chance(30) { request.revision = self.randomRevision() }
        if self.generator.chance(40) { request.sortOrder = self.generator.pick([.none, .ascend, .descend]) }
        if self.generator.chance(40) {
            request.sortTarget = self.generator.pick([.key, .version, .create, .mod, .value])
        }
        request.serializable = self.generator.chance(20)
        request.keysOnly = self.generator.chance(15)
        request.countOnly = self.generator.chance(15)
        if self.generator.chance(10) { request.minModRevision = self.randomRevision() }
        if self.generator.chance(10) { request.maxModRevision = self.randomRevision() }
        if self.generator.chance(10) { request.minCreateRevision = self.randomRevision() }
        if self.generator.chance(10) { request.maxCreateRevision = self.randomRevision() }
        return request
    }

    private mutating func delete() -> Etcdserverpb_DeleteRangeRequest {
        var request = Etcdserverpb_DeleteRangeRequest()
        (request.key, request.rangeEnd) = self.keyRange()
        request.prevKv = self.generator.chance(30)
        return request
    }

    private mutating func txn(depth: Int) -> Etcdserverpb_TxnRequest {
        var request = Etcdserverpb_TxnRequest()
        request.compare = (0..<self.generator.number(0...2)).map { _ in self.compare() }
        request.success = (0..<self.generator.number(0...4)).map { _ in self.operation(depth: depth) }
        request.failure = (0..<self.generator.number(0...3)).map { _ in self.operation(depth: depth) }
        return request
    }

    private mutating func operation(depth: Int) -> Etcdserverpb_RequestOp {
        var operation = Etcdserverpb_RequestOp()
        switch self.generator.number(0...99) {
        case 0..<40: operation.requestPut = self.put()
        case 40..<60: operation.requestRange = self.range()
        case 60..<75:
            operation.requestDeleteRange = self.delete()
            // etcd does not count what has no end as overlapping with a put, and dies if such a put then wants to keep a
            // value or a lease that was deleted a moment before.
            if operation.requestDeleteRange.rangeEnd == Data([0]) {
                operation.requestDeleteRange.rangeEnd = Data("z".utf8)
            }
        case 75..<98 where depth > 0: operation.requestTxn = self.txn(depth: depth - 1)
        case 99: break  // an operation of no kind
        default: operation.requestPut = self.put()
        }
        return operation
    }

    private mutating func compare() -> Etcdserverpb_Compare {
        var compare = Etcdserverpb_Compare()
        if self.generator.chance(25) {
            (compare.key, compare.rangeEnd) = self.keyRange()
        } else {
            compare.key = self.key()
        }
        compare.result = self.generator.pick([.equal, .greater, .less, .notEqual])
        switch self.generator.number(0...4) {
        case 0:
            compare.target = .version
            compare.version = self.generator.number(0...3)
        case 1:
            compare.target = .create
            compare.createRevision = self.generator.chance(40) ? 0 : self.randomRevision()
        case 2:
            compare.target = .mod
            compare.modRevision = self.generator.chance(40) ? 0 : self.randomRevision()
        case 3:
            compare.target = .value
            compare.value = Data(self.generator.pick(["", "1", "10", "2"]).utf8)
        default:
            compare.target = .lease
            compare.lease = self.generator.number(0...3)
        }
        return compare
    }
}

extension Etcdserverpb_ResponseHeader {
    /// Only what two stores with the same history have in common.
    var masked: Self {
        var header = Self()
        header.revision = self.revision
        return header
    }
}
