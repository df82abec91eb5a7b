import EtcdServer
import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import TestSupport
import Testing

/// Watches over real connections: many, slow, and overtaken.
@Suite(.serialized)
struct WatchStreamTests {
    private func request(
        _ key: String, prefix: Bool = false, from revision: Int64 = 0
    ) -> Etcdserverpb_WatchRequest {
        var request = Etcdserverpb_WatchRequest()
        request.createRequest.key = Data(key.utf8)
        if prefix { request.createRequest.rangeEnd = Data([0]) }
        request.createRequest.startRevision = revision
        return request
    }

    private func put(_ key: String, _ value: Data, on client: RawClient) async throws -> Int64 {
        var request = Etcdserverpb_PutRequest()
        request.key = Data(key.utf8)
        request.value = value
        return try await client.call("/etcdserverpb.KV/Put", request, Etcdserverpb_PutResponse.self).get().header
            .revision
    }

    private func next(_ stream: GRPCClientStream) async throws -> [Etcdserverpb_WatchResponse] {
        try await stream.next(within: .seconds(60)).map { try GRPCMessageCoding.decode(from: $0) }
    }

    @Test(.timeLimit(.minutes(5)))
    func aClientThatDoesNotReadGetsEverythingWhenItDoes() async throws {
        try await withEmbeddedStore { address in
            let watcher = try await RawClient.connect(port: address.port)
            let writer = try await RawClient.connect(port: address.port)
            let stream = watcher.openStream("/etcdserverpb.Watch/Watch")
            try stream.send(self.request("k", prefix: true))
            let created = try await self.next(stream)
            #expect(created.first?.created == true)
            // Far more than the windows of HTTP/2 and all queues together hold.
            let value = Data(repeating: 7, count: 40_000)
            var last: Int64 = 0
            for index in 0..<400 { last = try await self.put("k\(index % 9)", value, on: writer) }
            var heard: Int64 = 1
            while heard < last {
                for response in try await self.next(stream) {
                    for event in response.events {
                        #expect(event.kv.modRevision == heard + 1)
                        heard = event.kv.modRevision
                    }
                }
            }
            await watcher.close()
            await writer.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aClientThatFallsBehindTheKeptHistoryIsTold() async throws {
        var limits = EtcdServer.Limits()
        limits.retainedRevisions = 20
        try await withEmbeddedStore(limits: limits) { address in
            let client = try await RawClient.connect(port: address.port)
            for index in 0..<60 { _ = try await self.put("k", Data("\(index)".utf8), on: client) }
            let stream = client.openStream("/etcdserverpb.Watch/Watch")
            try stream.send(self.request("k", from: 2))
            var responses: [Etcdserverpb_WatchResponse] = []
            while responses.count < 2 { responses += try await self.next(stream) }
            #expect(responses[0].created)
            #expect(responses[1].canceled)
            #expect(responses[1].compactRevision >= 35)
            #expect(responses[1].header.revision == 0)
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func thousandsOfWatchesOnOneStreamAreAllServed() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            let stream = client.openStream("/etcdserverpb.Watch/Watch")
            let count = 3_000
            for _ in 0..<count { try stream.send(self.request("k")) }
            var created = 0
            while created < count { created += try await self.next(stream).count { $0.created } }
            let revision = try await self.put("k", Data("1".utf8), on: client)
            var heard: Set<Int64> = []
            while heard.count < count {
                for response in try await self.next(stream) where !response.events.isEmpty {
                    #expect(response.header.revision >= revision)
                    #expect(heard.insert(response.watchID).inserted)
                }
            }
            #expect(heard == Set(0..<Int64(count)))
            await client.close()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func progressIsToldOnRequestToTheWholeStream() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            let stream = client.openStream("/etcdserverpb.Watch/Watch")
            try stream.send(self.request("k"))
            let revision = try await self.put("other", Data(), on: client)
            var progress = Etcdserverpb_WatchRequest()
            progress.progressRequest = Etcdserverpb_WatchProgressRequest()
            try stream.send(progress)
            var responses: [Etcdserverpb_WatchResponse] = []
            while responses.count < 2 { responses += try await self.next(stream) }
            #expect(responses[1].watchID == -1)
            #expect(responses[1].header.revision == revision)
            await client.close()
        }
    }
}
