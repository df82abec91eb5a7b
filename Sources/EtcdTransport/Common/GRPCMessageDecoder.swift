import NIOCore

/// Cuts the bytes of a stream into gRPC messages: one flag byte, a length of four bytes, then the message.
///
/// Bounded by `maximumMessageBytes`: a longer message is refused when its prefix arrives, before its bytes are kept.
struct GRPCMessageDecoder {
    private static let prefixBytes = 5

    private let maximumMessageBytes: Int
    private var buffer = ByteBuffer()

    init(maximumMessageBytes: Int) {
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// Whether bytes of an unfinished message are left.
    var hasPartialMessage: Bool { self.buffer.readableBytes > 0 }

    /// How many bytes of an unfinished message are held.
    var partialBytes: Int { self.buffer.readableBytes }

    mutating func append(_ bytes: inout ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole message, or `nil` until more bytes arrive.
    mutating func next() throws(GRPCStatus) -> ByteBuffer? {
        guard let (flag, length) = self.buffer.peekPrefix() else { return nil }
        guard flag <= 1 else {
            throw GRPCStatus(.internalError, "grpc: received unexpected payload format \(flag)")
        }
        guard flag == 0 else {
            throw GRPCStatus(.internalError, "grpc: compressed flag set with identity or empty encoding")
        }
        guard length <= self.maximumMessageBytes else {
            throw GRPCStatus(
                .resourceExhausted,
                "grpc: received message larger than max (\(length) vs. \(self.maximumMessageBytes))")
        }
        // Nothing is reserved for a length that is only claimed: the buffer grows with the bytes that really come.
        guard self.buffer.readableBytes >= Self.prefixBytes + length else { return nil }
        self.buffer.moveReaderIndex(forwardBy: Self.prefixBytes)
        let message = self.buffer.readSlice(length: length)
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        return message
    }
}

extension ByteBuffer {
    fileprivate func peekPrefix() -> (flag: UInt8, length: Int)? {
        guard let flag = self.getInteger(at: self.readerIndex, as: UInt8.self),
            let length = self.getInteger(at: self.readerIndex + 1, as: UInt32.self)
        else { return nil }
        return (flag, Int(length))
    }
}
