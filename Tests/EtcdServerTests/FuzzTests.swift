import EtcdTransport
import EtcdWire
import Foundation
import NIOCore
import SwiftProtobuf
import TestSupport
import Testing

/// Requests made of noise, against the store as a process of its own: it lives on, in bounded memory, and what it answers
/// is an answer of etcd's.
@Suite(.serialized)
struct FuzzTests {
    private static let unary = [
        "etcdserverpb.KV": ["Range", "Put", "DeleteRange", "Txn", "Compact"],
        "etcdserverpb.Lease": ["LeaseGrant", "LeaseRevoke", "LeaseTimeToLive", "LeaseLeases"],
        "etcdserverpb.Cluster": ["MemberAdd", "MemberRemove", "MemberUpdate", "MemberList", "MemberPromote"],
        "etcdserverpb.Maintenance": ["Alarm", "Status", "Defragment", "Hash", "HashKV", "MoveLeader", "Downgrade"],
        // Not AuthEnable: with a root user, which noise may make, everything else would be refused from then on.
        "etcdserverpb.Auth": [
            "AuthDisable", "AuthStatus", "Authenticate", "UserAdd", "UserGet", "UserList", "UserDelete",
            "UserChangePassword", "UserGrantRole", "UserRevokeRole", "RoleAdd", "RoleGet", "RoleList", "RoleDelete",
            "RoleGrantPermission", "RoleRevokePermission",
        ],
        "v3lockpb.Lock": ["Unlock"], "v3electionpb.Election": ["Proclaim", "Leader", "Resign"],
        "grpc.health.v1.Health": ["Check"], "nothing": ["Nothing"],
    ].flatMap { service, methods in methods.map { "/\(service)/\($0)" } }.sorted()
    private static let streams = [
        "/etcdserverpb.Watch/Watch", "/etcdserverpb.Lease/LeaseKeepAlive", "/etcdserverpb.Maintenance/Snapshot",
        "/v3lockpb.Lock/Lock", "/v3electionpb.Election/Campaign", "/v3electionpb.Election/Observe",
        "/grpc.health.v1.Health/Watch",
    ]

    /// Replay a seed with `VITRINE_SOAK_SEED=… swift test --filter FuzzTests`.
    @Test(.timeLimit(.minutes(60)))
    func noiseIsAnsweredAndDoesNoHarm() async throws {
        for seed in SoakSeeds.all {
            print("fuzz test: seed \(seed)")
            try await self.withStore { port, process in
                var generator = SeededGenerator(seed: seed)
                let before = try Self.residentBytes(of: process)
                for round in 0..<20 {
                    let client = try await RawClient.connect(port: port)
                    for _ in 0..<60 { await Self.call(client, using: &generator, "seed \(seed)") }
                    for _ in 0..<6 { try Self.stream(client, using: &generator) }
                    Self.halfSent(port, using: &generator)
                    await client.close()
                    #expect(process.isRunning, "seed \(seed), round \(round): the store ended: \(process.output)")
                    guard process.isRunning else { return }
                }
                // It still works, and has not kept what it was sent.
                let client = try await RawClient.connect(port: port)
                var disarm = Etcdserverpb_AlarmRequest()
                disarm.action = .get
                let alarms = try await client.call(
                    "/etcdserverpb.Maintenance/Alarm", disarm, Etcdserverpb_AlarmResponse.self
                ).get().alarms
                for alarm in alarms {
                    var request = Etcdserverpb_AlarmRequest()
                    request.action = .deactivate
                    request.memberID = alarm.memberID
                    request.alarm = alarm.alarm
                    try await client.must("Maintenance/Alarm", request)
                }
                try await client.must("KV/Put", client.put("alive"))
                await client.close()
                let growth = try Self.residentBytes(of: process) - before
                #expect(growth < 200 << 20, "seed \(seed): \(growth >> 20) MiB more than before")
            }
        }
    }

    /// Connections that say hello and then nothing, and some that say nothing at all.
    @Test(.timeLimit(.minutes(5)))
    func tenThousandIdleConnectionsCostLittle() async throws {
        let count = 10_000
        OpenFiles.raiseLimit()
        try await self.withStore { port, process in
            let before = try Self.residentBytes(of: process)
            var sockets: [RawSocket] = []
            for _ in 0..<count {
                let socket = RawSocket(port: port)
                #expect(socket.isConnected)
                socket.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
                sockets.append(socket)
            }
            let client = try await RawClient.connect(port: port)
            try await client.must("KV/Put", client.put("alive"))
            let each = (try Self.residentBytes(of: process) - before) / count
            #expect(each < 32 << 10, "\(each) bytes a connection")
            print("idle connections: \(count), \(each) bytes each")
            await client.close()
        }
    }

    /// A whole conversation that puts a key, broken off before each of its bytes in turn.
    @Test(.timeLimit(.minutes(5)))
    func aConversationThatBreaksOffAnywhereDoesNothingByHalves() async throws {
        try await self.withStore { port, process in
            let whole = Self.conversation(key: "whole")
            var left: [RawSocket] = []
            for count in 0..<whole.count {
                let socket = RawSocket(port: port)
                socket.send(Array(Self.conversation(key: "broke").prefix(count)))
                // Some go away, some stay silent.
                if count % 2 == 0 { left.append(socket) }
            }
            let complete = RawSocket(port: port)
            complete.send(whole)
            let client = try await RawClient.connect(port: port)
            var range = Etcdserverpb_RangeRequest()
            range.key = Data([0])
            range.rangeEnd = Data([0])
            try await eventually("the key of the whole conversation") {
                try await client.call("/etcdserverpb.KV/Range", range, Etcdserverpb_RangeResponse.self).get().count > 0
            }
            let keys = try await client.call("/etcdserverpb.KV/Range", range, Etcdserverpb_RangeResponse.self).get()
                .kvs.map { String(decoding: $0.key, as: UTF8.self) }
            #expect(keys == ["whole"])
            #expect(process.isRunning)
            #expect(left.count == (whole.count + 1) / 2)
            await client.close()
        }
    }

    /// What a client sends that puts a key and asks for nothing else.
    private static func conversation(key: String) -> [UInt8] {
        var put = Etcdserverpb_PutRequest()
        put.key = Data(key.utf8)
        put.value = Data("v".utf8)
        let message = (try? put.serializedBytes() as [UInt8]) ?? []
        var headers: [UInt8] = []
        // Literal, without indexing (RFC 7541, 6.2.2), each with its name.
        for (name, value) in [
            (":method", "POST"), (":scheme", "http"), (":path", "/etcdserverpb.KV/Put"), (":authority", "x"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ] {
            headers += [0, UInt8(name.utf8.count)]
            headers += Array(name.utf8)
            headers.append(UInt8(value.utf8.count))
            headers += Array(value.utf8)
        }
        var bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        bytes += [0, 0, 0, 4, 0, 0, 0, 0, 0] as [UInt8]
        bytes += [0, 0, UInt8(headers.count), 1, 4, 0, 0, 0, 1] as [UInt8]
        bytes += headers
        bytes += [0, 0, UInt8(message.count + 5), 0, 1, 0, 0, 0, 1] as [UInt8]
        bytes += [0, 0, 0, 0, UInt8(message.count)] as [UInt8]
        return bytes + message
    }

    private func withStore(_ body: (_ port: Int, _ process: ChildProcess) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let port = try FreePort.next()
            let process = try ChildProcess(
                BuiltProgram.store,
                ["--data", folder + "/store", "--listen", "127.0.0.1:\(port)", "--quota-backend-bytes", "60000000"],
                log: folder + "/log")
            try await eventually("the store listening") { process.output.contains("listening on") }
            try await body(port, process)
            process.kill()
        }
    }

    private static func residentBytes(of process: ChildProcess) throws -> Int {
        let statm = try String(contentsOfFile: "/proc/\(process.identifier)/statm", encoding: .utf8)
        return (Int(statm.split(separator: " ")[1]) ?? 0) * 4_096
    }

    // MARK: Noise

    private static func call(_ client: RawClient, using generator: inout SeededGenerator, _ what: String) async {
        let path = generator.pick(Self.unary)
        let answer = await client.call(path, Self.message(using: &generator), Etcdserverpb_AuthEnableResponse.self)
        guard case .failure(let status) = answer else { return }
        // What etcd's clients know: its own texts, and those of gRPC itself.
        let isKnown =
            ["etcdserver: ", "grpc: ", "auth: ", "election: ", "mvcc: ", "unknown "].contains {
                status.message.hasPrefix($0)
            } || status.message.contains("field must be provided")
            // The answer was fine, and no message with a header: that is this test's own reading.
            || status.message.contains("malformed")
        #expect(isKnown, "\(what): \(path) answered \(status)")
    }

    /// A message with any fields, which is one of any kind, well-formed or not.
    private static func message(using generator: inout SeededGenerator) -> Noise {
        Noise(bytes: Self.fields(depth: Int(generator.number(0...4)), using: &generator))
    }

    private static func fields(depth: Int, using generator: inout SeededGenerator) -> [UInt8] {
        if generator.chance(5) {
            return (0..<generator.number(0...40)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        var bytes: [UInt8] = []
        for _ in 0..<generator.number(0...5) {
            let field = UInt64(generator.chance(95) ? generator.number(1...13) : generator.number(14...70))
            if generator.chance(45) {
                bytes += Self.varint(field << 3)
                bytes += Self.varint(
                    generator.pick([0, 1, 2, 3, 7, 100, UInt64(Int64.max), UInt64(bitPattern: Int64.min), .max]))
            } else {
                let inner: [UInt8] =
                    if depth > 0, generator.chance(60) {
                        Self.fields(depth: depth - 1, using: &generator)
                    } else {
                        generator.pick([[], [0], [0xff], Array("a".utf8), Array("b".utf8), Array("k/1".utf8)])
                            + (generator.chance(3)
                                ? [UInt8](repeating: 7, count: Int(generator.number(0...1_700_000))) : [])
                    }
                bytes += Self.varint(field << 3 | 2) + Self.varint(UInt64(inner.count)) + inner
            }
        }
        return bytes
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var rest = number
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// Some messages on a stream, then gone.
    private static func stream(_ client: RawClient, using generator: inout SeededGenerator) throws {
        let stream = client.openStream(generator.pick(Self.streams))
        for _ in 0..<generator.number(1...8) { try stream.send(Self.message(using: &generator)) }
        stream.cancel()
    }

    /// A connection that breaks off anywhere: in the greeting, in a frame, in a message, or speaks something else.
    private static func halfSent(_ port: Int, using generator: inout SeededGenerator) {
        let socket = RawSocket(port: port)
        let hello = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let noise = (0..<generator.number(0...400)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        switch generator.number(0...4) {
        case 0: socket.send(Array(hello.prefix(Int(generator.number(0...24)))))
        case 1: socket.send(hello + [0, 0, 0, 4, 0, 0, 0, 0, 0] + noise)
        case 2: socket.send(hello + [0, 0x10, 0, 1, 4, 0, 0, 0, 1] + noise)
        case 3: socket.send(noise)
        default: socket.send(Array("GET /\(String(repeating: "x", count: 9_000)) HTTP/1.1\r\n".utf8))
        }
    }
}

/// Bytes that are sent as if they were a message.
private struct Noise: Message, Equatable {
    static let protoMessageName = "noise"
    var unknownFields = UnknownStorage()
    private var bytes: [UInt8] = []

    init() {}
    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func decodeMessage<D: Decoder>(decoder: inout D) throws {}
    func traverse<V: Visitor>(visitor: inout V) throws { try visitor.visitUnknown(bytes: Data(self.bytes)) }
    func isEqualTo(message: any Message) -> Bool { (message as? Noise)?.bytes == self.bytes }
}
