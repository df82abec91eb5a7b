import EtcdServer
import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import SwiftProtobuf
import TestSupport
import Testing

/// Requests that nobody honest sends. Each is answered, and the server lives on.
@Suite(.serialized)
struct HostileInputTests {
    private static func range(_ body: (inout Etcdserverpb_RangeRequest) -> Void) -> Etcdserverpb_RangeRequest {
        var request = Etcdserverpb_RangeRequest()
        request.key = Data("k".utf8)
        body(&request)
        return request
    }

    private static func nestedTxn(depth: Int) -> Etcdserverpb_TxnRequest {
        var txn = Etcdserverpb_TxnRequest()
        for _ in 0..<depth {
            var operation = Etcdserverpb_RequestOp()
            operation.requestTxn = txn
            txn = Etcdserverpb_TxnRequest()
            txn.success = [operation]
        }
        return txn
    }

    @Test(.timeLimit(.minutes(5)), arguments: [(128, nil), (129, true), (1_000, true)] as [(Int, Bool?)])
    func deepTransactionsAreRefusedAsHavingTooManyOperations(depth: Int, isRefused: Bool?) async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            // Read as another message, which has the header too: the real one is too deep for the client's decoder.
            let answer = await client.call(
                "/etcdserverpb.KV/Txn", Self.nestedTxn(depth: depth), Etcdserverpb_CompactionResponse.self)
            switch answer {
            case .success: #expect(isRefused == nil, "depth \(depth)")
            case .failure(let status):
                #expect(isRefused == true, "depth \(depth): \(status)")
                #expect(status.message == "etcdserver: too many operations in txn request")
            }
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func extremeNumbersAreAnswered() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            for number in [Int64.min, -1, 0, 1, .max - 1, .max] {
                let requests = [
                    Self.range { $0.limit = number }, Self.range { $0.revision = number },
                    Self.range { $0.minModRevision = number }, Self.range { $0.maxCreateRevision = number },
                ]
                for request in requests {
                    _ = await client.call("/etcdserverpb.KV/Range", request, Etcdserverpb_RangeResponse.self)
                }
                var compaction = Etcdserverpb_CompactionRequest()
                compaction.revision = number
                _ = await client.call("/etcdserverpb.KV/Compact", compaction, Etcdserverpb_CompactionResponse.self)
                var hash = Etcdserverpb_HashKVRequest()
                hash.revision = number
                _ = await client.call(
                    "/etcdserverpb.Maintenance/HashKV", hash, Etcdserverpb_HashKVResponse.self)
                var grant = Etcdserverpb_LeaseGrantRequest()
                grant.id = number
                grant.ttl = number
                _ = await client.call("/etcdserverpb.Lease/LeaseGrant", grant, Etcdserverpb_LeaseGrantResponse.self)
                let stream = client.openStream("/etcdserverpb.Watch/Watch")
                var watch = Etcdserverpb_WatchRequest()
                watch.createRequest.key = Data("k".utf8)
                watch.createRequest.startRevision = number
                watch.createRequest.watchID = number
                try stream.send(watch)
                _ = try await stream.next(within: .seconds(60))
                stream.cancel()
            }
            var put = Etcdserverpb_PutRequest()
            put.key = Data("alive".utf8)
            let answer = await client.call("/etcdserverpb.KV/Put", put, Etcdserverpb_PutResponse.self)
            #expect(throws: Never.self) { try answer.get() }
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func requestsOfTheWrongSizeAreRefusedAsByEtcd() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            for (size, code) in [
                (1_500_000, nil), (1_600_000, GRPCStatus.Code.invalidArgument), (2_200_000, .resourceExhausted),
            ] as [(Int, GRPCStatus.Code?)] {
                var put = Etcdserverpb_PutRequest()
                put.key = Data("k".utf8)
                put.value = Data(repeating: 1, count: size)
                let answer = await client.call("/etcdserverpb.KV/Put", put, Etcdserverpb_PutResponse.self)
                switch answer {
                case .success: #expect(code == nil)
                case .failure(let status): #expect(status.code == code, "\(size): \(status)")
                }
            }
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func garbageAndUnknownMethodsAreRefused() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            // A health request's text field read as a range request's key is fine; a number there is not.
            var number = Etcdserverpb_CompactionRequest()
            number.revision = 7
            for method in ["KV/Put", "KV/Txn", "Maintenance/HashKV", "Lease/LeaseGrant"] {
                _ = await client.call("/etcdserverpb.\(method)", number, Etcdserverpb_PutResponse.self)
            }
            for (path, message) in [
                ("/etcdserverpb.KV/RangeStream", "unknown method RangeStream for service etcdserverpb.KV"),
                ("/etcdserverpb.Nothing/Do", "unknown service etcdserverpb.Nothing"),
            ] {
                guard case .failure(let status) = await client.call(path, number, Etcdserverpb_PutResponse.self)
                else {
                    Issue.record("\(path) was answered")
                    continue
                }
                #expect(status == GRPCStatus(.unimplemented, message))
            }
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [([UInt8]("3.6".utf8), false), ([0x33, 0xff], true)])
    func aVersionThatIsNotUTF8IsRefused(version: [UInt8], isRefused: Bool) async throws {
        try await withEmbeddedStore { address in
            for path in ["/etcdserverpb.KV/Range", "/etcdserverpb.Watch/Watch", "/grpc.health.v1.Health/Check"] {
                let socket = RawSocket(port: address.port)
                socket.send(Self.call(path, version: version))
                var answer: [UInt8] = []
                // Trailers are not compressed; a watch that is created and never cancelled has none.
                try await eventually("an answer") {
                    answer += socket.receive()
                    return answer.firstRange(of: "grpc-status".utf8) != nil
                        || (!isRefused && path.hasSuffix("Watch") && answer.count > 9)
                }
                let message = "etcdserver: invalid client api version"
                #expect((answer.firstRange(of: message.utf8) != nil) == isRefused, "\(path)")
            }
        }
    }

    /// All the bytes of a client that makes one call with an empty message.
    private static func call(_ path: String, version: [UInt8]) -> [UInt8] {
        let fields: [(String, [UInt8])] = [
            (":method", Array("POST".utf8)), (":scheme", Array("http".utf8)), (":path", Array(path.utf8)),
            (":authority", Array("test".utf8)), ("te", Array("trailers".utf8)),
            ("content-type", Array("application/grpc".utf8)), ("client-api-version", version),
        ]
        // Literals without indexing, names and values in the clear (RFC 7541, section 6.2.2).
        let block = fields.flatMap { name, value -> [UInt8] in
            [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.count)] + value
        }
        func frame(_ type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
            [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
        }
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, flags: 0, stream: 0, [])
            + frame(1, flags: 4, stream: 1, block) + frame(0, flags: 1, stream: 1, [0, 0, 0, 0, 0])
    }
}
