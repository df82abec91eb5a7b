import NIOCore
import NIOHPACK
import Testing

@testable import EtcdTransport

@Suite
struct RequestEncoderTests {
    private static let endpoint = GRPCEndpoint(host: "127.0.0.1", port: 2379, usesTLS: false)

    @Test func anotherDecoderReadsEveryCall() throws {
        var encoder = HTTP2RequestEncoder(endpoint: Self.endpoint)
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        var sizes: [Int] = []
        for number in 0..<300 {
            // More paths than the table has room for.
            let path = "/test.Service/Method\(number % 70)"
            let metadata =
                number % 3 == 0
                ? []
                : [
                    GRPCRequestHead.Metadata(name: "hasleader", value: "true"),
                    .init(name: "token", value: "s\(number)", isSecret: true),
                ]
            var block = ByteBuffer(
                bytes: encoder.encode(
                    GRPCRequestHead(path: path, metadata: metadata), timeout: number % 2 == 0 ? .seconds(5) : nil))
            sizes.append(block.readableBytes)
            let headers = try decoder.decodeHeaders(from: &block)
            #expect(headers.first(name: ":method") == "POST")
            #expect(headers.first(name: ":scheme") == "http")
            #expect(headers.first(name: ":path") == path)
            #expect(headers.first(name: ":authority") == "127.0.0.1:2379")
            #expect(headers.first(name: "content-type") == "application/grpc")
            #expect(headers.first(name: "te") == "trailers")
            #expect((headers.first(name: "grpc-timeout") != nil) == (number % 2 == 0))
            #expect(headers.first(name: "hasleader") == (number % 3 == 0 ? nil : "true"))
            #expect(headers.first(name: "token") == (number % 3 == 0 ? nil : "s\(number)"))
        }
        // What is in the table is a few bytes.
        #expect((sizes.last ?? 0) < 60)
    }

    @Test func aSecretIsKeptOutOfEveryTable() throws {
        var encoder = HTTP2RequestEncoder(endpoint: Self.endpoint)
        let head = GRPCRequestHead(path: "/a/b", metadata: [.init(name: "token", value: "secret", isSecret: true)])
        for _ in 0..<3 {
            let block = encoder.encode(head, timeout: nil)
            let secret = [0x10, 5] + Array("token".utf8) + [6] + Array("secret".utf8)
            #expect(block.suffix(secret.count).elementsEqual(secret))
        }
    }

    @Test func whatEachCallHasForItselfTakesNoRoom() throws {
        var encoder = HTTP2RequestEncoder(endpoint: Self.endpoint)
        var sizes: [Int] = []
        for number in 0..<200 {
            let trace = GRPCRequestHead.Metadata(name: "traceparent", value: "00-\(1_000 + number)", isUnique: true)
            sizes.append(
                encoder.encode(GRPCRequestHead(path: "/a/b\(number / 198)", metadata: [trace]), timeout: nil).count)
        }
        // A path that comes late is still put into the table.
        #expect(sizes[198] > sizes[199] + 4)
        #expect(sizes[1] == sizes[197])
    }

    @Test func aTableTakenAwayIsUsedNoMore() throws {
        var encoder = HTTP2RequestEncoder(endpoint: Self.endpoint)
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        let head = GRPCRequestHead(path: "/a/b")
        for round in 0..<4 {
            if round == 2 {
                encoder.limitTable(to: 0)
                decoder.maxDynamicTableLength = 0
            }
            var block = ByteBuffer(bytes: encoder.encode(head, timeout: nil))
            #expect(try decoder.decodeHeaders(from: &block).first(name: ":path") == "/a/b")
        }
    }

    @Test(arguments: [(10, 5, [UInt8(10)]), (1_337, 5, [31, 154, 10]), (42, 8, [42]), (127, 7, [127, 0])])
    func numbersAreSpelledAsInTheSpecification(number: Int, prefixBits: Int, bytes: [UInt8]) {
        // RFC 7541, appendix C.1.
        #expect(HPACKLiteral.integer(number, prefixBits: prefixBits, flags: 0) == bytes)
    }
}
