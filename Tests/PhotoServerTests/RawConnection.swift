import Foundation
import NIOCore
import NIOPosix
import TestSupport

/// Bytes over TCP, for requests that no client library would send.
enum RawConnection {
    /// Sends `head`, then chunks of a body without end, until the other side closes. Returns the first part of the
    /// answer; does not return before the other side has closed.
    static func flood(port: Int, _ head: String) async throws -> String {
        let channel = try await Self.connect(port: port)
        return try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let chunk = ByteBuffer(string: "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n")
                    do {
                        try await outbound.write(ByteBuffer(string: head))
                        while !Task.isCancelled { try await outbound.write(chunk) }
                    } catch is IOError, is ChannelError, is CancellationError {
                        // Closed: enough.
                    }
                }
                defer { group.cancelAll() }
                var answer = ""
                do {
                    for try await buffer in inbound where answer.isEmpty { answer = String(buffer: buffer) }
                } catch is IOError {
                    // Reset by the other side, which is one way to refuse.
                }
                return answer
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

    /// Sends requests without bodies one behind the other, and returns the answers to all of them. Where the other side
    /// closes behind one, the rest goes over another connection.
    static func exchangeAll(port: Int, _ requests: [String]) async throws -> String {
        var answers = ""
        var rest = requests[...]
        while let last = rest.last {
            let closing = last.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n")
            let text = rest.dropLast().joined() + closing
            let channel = try await Self.connect(port: port)
            let part = try await channel.executeThenClose { inbound, outbound in
                var part = ""
                do {
                    try await outbound.write(ByteBuffer(string: text))
                    for try await buffer in inbound { part += String(buffer: buffer) }
                } catch is IOError {
                    // Closed in the middle of our requests: what came before counts.
                }
                return part
            }
            let count = part.components(separatedBy: "HTTP/1.1 ").count - 1
            guard count > 0 else { throw NotInTime(description: "no answer to \(rest.first ?? "")") }
            answers += part
            rest = rest.dropFirst(count)
        }
        return answers
    }

    /// Sends `text`, says that nothing more comes, and returns all that comes back until the other side closes.
    static func halfClose(port: Int, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            outbound.finish()
            var answer = ""
            for try await buffer in inbound { answer += String(buffer: buffer) }
            return answer
        }
    }

    /// Sends `pieces` one after the other with a pause behind each, and returns the first part of the answer; empty when
    /// the connection is closed instead.
    static func dribble(port: Int, _ pieces: [ByteBuffer], pause: Duration) async throws -> String {
        let channel = try await Self.connect(port: port)
        return try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        for piece in pieces {
                            try await outbound.write(piece)
                            try await Task.sleep(for: pause)
                        }
                    } catch is IOError, is ChannelError, is CancellationError {
                        // Closed: enough.
                    }
                }
                defer { group.cancelAll() }
                do {
                    for try await buffer in inbound { return String(buffer: buffer) }
                } catch is IOError {
                    // Reset by the other side, which is one way to refuse.
                }
                return ""
            }
        }
    }

    /// Sends `text` and throws if the other side closes within `time`, or does not answer with a 200.
    static func holds(port: Int, _ text: String, for time: Duration) async throws {
        let channel = try await Self.connect(port: port)
        let isAnswered = Shared(false)
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    var answer = ""
                    for try await buffer in inbound {
                        answer += String(buffer: buffer)
                        guard answer.hasPrefix("HTTP/1.1 200") else { throw NotInTime(description: answer) }
                        isAnswered.set(true)
                    }
                    if Task.isCancelled { return true }
                    throw NotInTime(description: "the connection was closed after \(answer.count) characters")
                }
                group.addTask {
                    try await Task.sleep(for: time)
                    return true
                }
                _ = try await group.next()
                group.cancelAll()
            }
        }
        guard isAnswered.get() else { throw NotInTime(description: "nothing came within \(time)") }
    }
}
