import Foundation
import NIOCore
import NIOPosix

/// Bytes over TCP, for requests that no client library would send.
enum RawConnection {
    /// Sends `text` and returns the first part of what comes back; empty when the connection is closed instead.
    static func exchange(port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
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
