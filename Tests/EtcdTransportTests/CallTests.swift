import EtcdTransport
import EtcdWire
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Our client against our server.
@Suite(.timeLimit(.minutes(5)))
struct CallTests {
    @Test(arguments: [0, 1, 16_384, 70_000, 2_000_000])
    func messagesOfAnySizeComeBack(size: Int) async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let text = String(repeating: "ä", count: size / 2)
                let answer = try await connection.echo("Unary", text)
                #expect(answer == text)
            }
        }
    }

    @Test(arguments: [
        ("/test.Echo/Nothing", "unknown method Nothing for service test.Echo"),
        ("/other.Thing/Do", "unknown service other.Thing"), ("nonsense", "malformed method name: \"nonsense\""),
    ])
    func whatNobodyServesIsUnimplemented(path: String, message: String) async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let failure = await #expect(throws: GRPCCallFailure.self) {
                    _ = try await connection.unary(
                        GRPCRequestHead(path: path), try GRPCMessageCoding.frame(Text("")),
                        deadline: .now() + .seconds(60))
                }
                #expect(failure?.status == GRPCStatus(.unimplemented, message))
                #expect(failure?.reach == .answered)
            }
        }
    }

    @Test func aStatusKeepsItsCodeAndText() async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let failure = await #expect(throws: GRPCCallFailure.self) { _ = try await connection.echo("Fail", "") }
                #expect(failure?.status == GRPCStatus(.outOfRange, "zu weit: 100 % – größer\n"))
            }
        }
    }

    @Test func metadataArrives() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                let head = GRPCRequestHead(
                    path: "/test.Echo/Unary", metadata: [.init(name: "token", value: "abc", isSecret: true)])
                _ = try await connection.unary(
                    head, try GRPCMessageCoding.frame(Text("")), deadline: .now() + .seconds(60))
                #expect(service.metadata.get() == ["token": "abc"])
            }
        }
    }

    @Test func aRequestAboveTheLimitIsRefusedInEtcdsWords() async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let text = String(repeating: "x", count: 2_097_152)
                let failure = await #expect(throws: GRPCCallFailure.self) {
                    _ = try await connection.echo("Unary", text)
                }
                #expect(
                    failure?.status
                        == GRPCStatus(
                            .resourceExhausted, "grpc: received message larger than max (2097157 vs. 2097152)"))
                let after = try await connection.echo("Unary", "still there")
                #expect(after == "still there")
            }
        }
    }

    @Test func aReplyThatIsForgottenIsAnError() async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                let failure = await #expect(throws: GRPCCallFailure.self) { _ = try await connection.echo("Drop", "") }
                #expect(failure?.status.code == .internalError)
            }
        }
    }

    @Test func theServerKeepsTheClientsDeadline() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                let failure = await #expect(throws: GRPCCallFailure.self) {
                    _ = try await connection.echo("Hold", "", within: .milliseconds(100))
                }
                #expect(failure?.status.code == .deadlineExceeded)
                // An answer that comes too late goes nowhere, and does no harm.
                try await eventually("the call arriving") { !service.heldReplies.get().isEmpty }
                for reply in service.heldReplies.get() { reply.succeed(Text("late")) }
                let after = try await connection.echo("Unary", "still there")
                #expect(after == "still there")
            }
        }
    }

    @Test func aThousandCallsAtOnceFindTheirAnswers() async throws {
        try await withServer(EchoService()) { _, port in
            try await withConnection(port) { connection in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<1_000 {
                        group.addTask {
                            let answer = try await connection.echo("Unary", "\(number)")
                            #expect(answer == "\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func aClosedConnectionEndsTheCallsOnIt() async throws {
        let service = EchoService()
        try await withServer(service) { _, port in
            try await withConnection(port) { connection in
                let call = Task { try await connection.echo("Hold", "") }
                try await eventually("the call arriving") { !service.heldReplies.get().isEmpty }
                connection.close()
                let failure = await #expect(throws: GRPCCallFailure.self) { _ = try await call.value }
                #expect(failure?.status.code == .unavailable)
                #expect(failure?.reach == .sent)
            }
        }
    }

    @Test func aServerThatStopsFinishesWhatItHas() async throws {
        let service = EchoService()
        try await withServer(service) { server, port in
            try await withConnection(port) { connection in
                async let call = connection.echo("Hold", "")
                let stream = connection.openStream(GRPCRequestHead(path: "/test.Echo/Stream"))
                try stream.send(Text("1"))
                _ = try await stream.next()
                try await eventually("the call arriving") { !service.heldReplies.get().isEmpty }

                server.beginGracefulShutdown()
                let ended = await #expect(throws: GRPCCallFailure.self) { _ = try await stream.next() }
                #expect(ended?.status == GRPCStatus(.unavailable, "etcdserver: server stopped"))
                try await eventually("the farewell") { !connection.isUsable }
                for reply in service.heldReplies.get() { reply.succeed(Text("done")) }
                let answer = try await call
                #expect(answer == "done")
                try await connection.closeFuture.get()
            }
        }
    }

    @Test func connectionsAboveTheLimitAreClosed() async throws {
        try await withServer(EchoService(), limits: { $0.maximumConnections = 1 }) { _, port in
            try await withConnection(port) { first in
                let options = GRPCClientConnection.Options()
                await #expect(throws: (any Error).self) {
                    _ = try await GRPCClientConnection.connect(
                        to: .init(host: "127.0.0.1", port: port, usesTLS: false), tls: nil, options: options,
                        group: .singletonMultiThreadedEventLoopGroup)
                }
                let answer = try await first.echo("Unary", "served")
                #expect(answer == "served")
            }
        }
    }
}
