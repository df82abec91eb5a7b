import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Bytes over TCP, for requests that no client library would send.
enum RawConnection {
    /// Sends `head`, then chunks of a body without end, until the other side closes. Returns the first part of the
    /// answer, and how many bytes of body were taken before.
    static func flood(port: Int, _ head: String, limit: Int = 64 << 20) async throws -> (answer: String, bytes: Int) {
        let channel = try await Self.connect(port: port)
        return try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Int?.self) { group in
                let answer = Mutex("")
                group.addTask {
                    let chunk = ByteBuffer(string: "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n")
                    var sent = 0
                    do {
                        try await outbound.write(ByteBuffer(string: head))
                        while sent < limit {
                            try await outbound.write(chunk)
                            sent += 65_536
                        }
                    } catch is IOError, is ChannelError {
                        // Closed: enough.
                    }
                    return sent
                }
                do {
                    for try await buffer in inbound {
                        answer.withLock { if $0.isEmpty { $0 = String(buffer: buffer) } }
                    }
                } catch is IOError {
                    // Reset by the other side, which is one way to refuse.
                }
                let bytes = try await group.next() ?? nil
                return (answer.withLock { $0 }, bytes ?? 0)
            }
        }
    }

    private static func connect(port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Sends `text` and returns the first part of what comes back; empty when the connection is closed instead.
    static func exchange(port: Int, _ text: String) async throws -> String {
        let channel = try await Self.connect(port: port)
        return try await channel.executeThenClose { inbound, outbound in
            do {
                try await outbound.write(ByteBuffer(string: text))
                for try await buffer in inbound { return String(buffer: buffer) }
            } catch is IOError {
                // Closed in the middle of our request: refused as well.
            }
            return ""
        }
    }
}
