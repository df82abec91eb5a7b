import NIOCore
import NIOHPACK

/// Puts header blocks together from HEADERS and CONTINUATION frames and decompresses them, within bounds.
struct HTTP2HeaderReader {
    static let listBytesMaximum = 1 << 14
    private static let blockBytesMaximum = 1 << 15
    private static let continuationsMaximum = 8

    /// The headers, or trailers, of one stream.
    struct Block {
        let stream: UInt32
        let headers: HPACKHeaders
        let endsStream: Bool
    }

    private struct Unfinished {
        let stream: UInt32
        let endsStream: Bool
        var block: ByteBuffer
        var continuations = 0
    }

    private var decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(), maxDynamicTableSize: 4_096, maxHeaderListSize: listBytesMaximum)
    private var unfinished: Unfinished?

    /// Whether nothing but a CONTINUATION may come next.
    var isUnfinished: Bool { self.unfinished != nil }

    /// Takes a HEADERS frame.
    ///
    /// - Returns: Nil until the block is whole.
    mutating func begin(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) -> Block? {
        guard frame.stream % 2 == 1 else {
            throw HTTP2Wire.ConnectionError(.protocolError, "HEADERS on stream \(frame.stream)")
        }
        var block = try frame.payloadWithoutPadding()
        if frame.has(HTTP2Wire.Flag.priority) {
            guard block.readSlice(length: 5) != nil else {
                throw HTTP2Wire.ConnectionError(.frameSize, "HEADERS without its priority")
            }
        }
        let endsStream = frame.has(HTTP2Wire.Flag.endStream)
        guard frame.has(HTTP2Wire.Flag.endHeaders) else {
            self.unfinished = Unfinished(stream: frame.stream, endsStream: endsStream, block: block)
            return nil
        }
        return Block(stream: frame.stream, headers: try self.decode(block), endsStream: endsStream)
    }

    /// Takes a CONTINUATION frame.
    ///
    /// - Returns: Nil until the block is whole.
    mutating func goOn(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) -> Block? {
        guard var headers = self.unfinished, headers.stream == frame.stream else {
            throw HTTP2Wire.ConnectionError(.protocolError, "CONTINUATION of nothing")
        }
        headers.continuations += 1
        guard headers.continuations <= Self.continuationsMaximum,
            headers.block.readableBytes + frame.payload.readableBytes <= Self.blockBytesMaximum
        else { throw HTTP2Wire.ConnectionError(.enhanceYourCalm, "the headers are too large") }
        var payload = frame.payload
        headers.block.writeBuffer(&payload)
        self.unfinished = headers
        guard frame.has(HTTP2Wire.Flag.endHeaders) else { return nil }
        self.unfinished = nil
        return Block(
            stream: headers.stream, headers: try self.decode(headers.block), endsStream: headers.endsStream)
    }

    /// Also of a stream that is not wanted: the other side's table and ours must stay the same.
    private mutating func decode(_ block: ByteBuffer) throws(HTTP2Wire.ConnectionError) -> HPACKHeaders {
        var block = block
        do {
            return try self.decoder.decodeHeaders(from: &block)
        } catch {
            throw HTTP2Wire.ConnectionError(.compression, "headers that cannot be read: \(error)")
        }
    }
}

extension HTTP2FrameReader.Frame {
    func payloadWithoutPadding() throws(HTTP2Wire.ConnectionError) -> ByteBuffer {
        var payload = self.payload
        if self.has(HTTP2Wire.Flag.padded) {
            guard let padding = payload.readInteger(as: UInt8.self), Int(padding) <= payload.readableBytes else {
                throw HTTP2Wire.ConnectionError(.protocolError, "more padding than the frame has bytes")
            }
            payload.moveWriterIndex(to: payload.writerIndex - Int(padding))
        }
        return payload
    }
}
