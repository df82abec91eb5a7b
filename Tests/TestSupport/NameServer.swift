import Foundation
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A name server of the test's own, and programs that know no other: their names are resolved by the C library as on any
/// machine, and a test can take them away.
///
/// Needs the right to bind port 53 of a loopback address, and mount namespaces (as root, or as a user who may make
/// namespaces and bind low ports).
package final class NameServer: Sendable {
    /// What becomes of a question.
    package enum Conduct: Sendable, CaseIterable {
        /// Every name is 127.0.0.1.
        case answers
        /// Nothing comes back, as behind a router that has lost its line.
        case silent
        /// The server says that it cannot tell (SERVFAIL).
        case fails
        /// The server says that there is no such name (NXDOMAIN).
        case denies
    }

    /// Where it listens, with port 53.
    package let address: String
    private let folder: String
    private let state = Mutex((conduct: Conduct.answers, questions: 0))

    private init(folder: String) {
        // Of the whole loopback network, so that several of them do not meet.
        self.address = "127.\(Int.random(in: 1...254)).\(Int.random(in: 1...254)).\(Int.random(in: 2...254))"
        self.folder = folder
    }

    /// Lends a name server.
    package static func with<Result: Sendable>(_ body: (NameServer) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in
            let server = NameServer(folder: folder)
            try "nameserver \(server.address)\n".write(
                toFile: "\(folder)/resolv.conf", atomically: true, encoding: .utf8)
            try "hosts: dns\n".write(toFile: "\(folder)/nsswitch.conf", atomically: true, encoding: .utf8)
            let channel = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NameHandler(server))
                    }
                }.bind(host: server.address, port: 53).get()
            do {
                let result = try await body(server)
                try await channel.close()
                return result
            } catch {
                try await channel.close()
                throw error
            }
        }
    }

    package var conduct: Conduct {
        get { self.state.withLock { $0.conduct } }
        set { self.state.withLock { $0.conduct = newValue } }
    }

    /// How many questions have come in, answered or not.
    package var questions: Int { self.state.withLock { $0.questions } }

    /// How to start `program` where this is the only name server. The process that is started becomes the program.
    package func launching(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        let script = """
            mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && exec "$@"
            """
        return ("unshare", [geteuid() == 0 ? "-m" : "-rm", "sh", "-c", script, self.folder, program] + arguments)
    }

    fileprivate func noteQuestion() -> Conduct {
        self.state.withLock { state in
            state.questions += 1
            return state.conduct
        }
    }
}

/// Answers questions as of RFC 1035, section 4.
private final class NameHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private static let headerLength = 12
    private static let addressType: UInt16 = 1
    private static let internetClass: UInt16 = 1

    private let server: NameServer

    init(_ server: NameServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        guard let answer = self.answer(envelope.data, allocator: context.channel.allocator) else { return }
        let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: answer)
        context.writeAndFlush(self.wrapOutboundOut(reply), promise: nil)
    }

    private func answer(_ question: ByteBuffer, allocator: ByteBufferAllocator) -> ByteBuffer? {
        var rest = question
        guard let id: UInt16 = rest.readInteger(), rest.readableBytes >= Self.headerLength - 2 else { return nil }
        rest.moveReaderIndex(forwardBy: Self.headerLength - 2)
        let start = rest.readerIndex
        // The name: labels, each after its length, up to one without length.
        while let length: UInt8 = rest.readInteger(), length > 0 {
            guard length < 64, rest.readableBytes > Int(length) else { return nil }
            rest.moveReaderIndex(forwardBy: Int(length))
        }
        guard let type: UInt16 = rest.readInteger(), rest.readInteger(as: UInt16.self) != nil,
            let asked = question.getSlice(at: start, length: rest.readerIndex - start)
        else { return nil }

        let code: UInt16
        switch self.server.noteQuestion() {
        case .silent: return nil
        case .answers: code = 0
        case .fails: code = 2
        case .denies: code = 3
        }
        let hasAddress = code == 0 && type == Self.addressType
        var answer = allocator.buffer(capacity: 128)
        // A response; recursion was desired and is available.
        answer.writeMultipleIntegers(id, 0x8180 | code, UInt16(1), UInt16(hasAddress ? 1 : 0), UInt16(0), UInt16(0))
        answer.writeImmutableBuffer(asked)
        if hasAddress {
            // The name is the one at the question; nobody is to keep the answer.
            answer.writeMultipleIntegers(UInt16(0xC00C), Self.addressType, Self.internetClass, UInt32(0), UInt16(4))
            answer.writeBytes([127, 0, 0, 1])
        }
        return answer
    }
}
