import NIOCore
import SwiftProtobuf

/// Turns protobuf messages into framed gRPC messages and back.
package enum GRPCMessageCoding {
    /// The message with the five bytes that gRPC puts before it.
    ///
    /// - Parameter limit: The most bytes the message may have.
    /// - Throws: ``GRPCStatus`` `resourceExhausted` if it has more, `internalError` if it cannot be serialised (it exceeds
    ///   2 GiB).
    package static func frame(_ message: some Message, limit: Int = .max) throws(GRPCStatus) -> ByteBuffer {
        let bytes = try self.bytes(message)
        guard bytes.count <= limit else {
            throw GRPCStatus(
                .resourceExhausted, "a message of \(bytes.count) bytes is larger than the limit of \(limit)")
        }
        return try self.frame(bytes, [])
    }

    /// The message whose bytes are these two parts, one after the other, with gRPC's five bytes before it.
    ///
    /// - Throws: ``GRPCStatus`` `internalError` if it exceeds 2 GiB.
    package static func frame(_ first: [UInt8], _ rest: [UInt8]) throws(GRPCStatus) -> ByteBuffer {
        let count = first.count + rest.count
        guard count <= Int32.max else { throw GRPCStatus(.internalError, "the message exceeds 2 GiB") }
        var buffer = ByteBufferAllocator().buffer(capacity: count + 5)
        buffer.writeInteger(UInt8(0))
        buffer.writeInteger(UInt32(count))
        buffer.writeBytes(first)
        buffer.writeBytes(rest)
        return buffer
    }

    /// The message alone.
    ///
    /// - Throws: ``GRPCStatus`` `internalError` if it cannot be serialised (it exceeds 2 GiB).
    package static func bytes(_ message: some Message) throws(GRPCStatus) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            throw GRPCStatus(.internalError, "the message could not be serialised: \(error)")
        }
    }

    /// Reads a message without its prefix.
    ///
    /// - Throws: ``GRPCStatus`` `internalError` if the bytes are not such a message.
    package static func decode<M: Message>(_ type: M.Type = M.self, from buffer: ByteBuffer) throws(GRPCStatus) -> M {
        do {
            return try M(serializedBytes: Array(buffer.readableBytesView))
        } catch {
            throw GRPCStatus(.internalError, "grpc: failed to unmarshal the received message: \(error)")
        }
    }
}
