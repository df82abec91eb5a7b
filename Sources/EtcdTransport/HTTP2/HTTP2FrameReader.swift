import NIOCore

/// Cuts what the other side sends into frames: a client's preface, then whole frames in order. Keeps at most one
/// unfinished frame.
struct HTTP2FrameReader {
    struct Frame {
        /// As it came: frames of an unknown type are skipped by whoever reads them.
        let type: UInt8
        let flags: UInt8
        let stream: UInt32
        var payload: ByteBuffer

        func has(_ flag: UInt8) -> Bool { self.flags & flag != 0 }
    }

    private var buffer = ByteBuffer()
    private var hasPreface: Bool

    /// - Parameter expectsPreface: Whether it reads what a client sends.
    init(expectsPreface: Bool) {
        self.hasPreface = !expectsPreface
    }

    mutating func append(_ bytes: ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            var bytes = bytes
            self.buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole frame, or `nil` until more bytes come.
    mutating func next() throws(HTTP2Wire.ConnectionError) -> Frame? {
        if !self.hasPreface {
            let expected = HTTP2Wire.preface.prefix(self.buffer.readableBytes)
            guard self.buffer.readableBytesView.starts(with: expected) else {
                throw HTTP2Wire.ConnectionError(.protocolError, "the client does not speak HTTP/2")
            }
            guard expected.count == HTTP2Wire.preface.count else { return nil }
            self.buffer.moveReaderIndex(forwardBy: expected.count)
            self.hasPreface = true
        }
        let start = self.buffer.readerIndex
        guard let lengthAndType = self.buffer.getInteger(at: start, as: UInt32.self),
            let flags = self.buffer.getInteger(at: start + 4, as: UInt8.self),
            let stream = self.buffer.getInteger(at: start + 5, as: UInt32.self)
        else {
            self.letGo()
            return nil
        }
        let length = Int(lengthAndType >> 8)
        guard length <= HTTP2Wire.maximumFrameBytes else {
            throw HTTP2Wire.ConnectionError(.frameSize, "a frame of \(length) bytes is too large")
        }
        guard let payload = self.buffer.getSlice(at: start + HTTP2Wire.frameHeaderBytes, length: length) else {
            self.letGo()
            return nil
        }
        self.buffer.moveReaderIndex(forwardBy: HTTP2Wire.frameHeaderBytes + length)
        return Frame(
            type: UInt8(truncatingIfNeeded: lengthAndType), flags: flags, stream: stream & 0x7fff_ffff,
            payload: payload)
    }

    /// An idle connection holds on to no buffer, and one with half a frame not to a large one.
    private mutating func letGo() {
        let size = self.buffer.readableBytes
        if size == 0 {
            self.buffer = ByteBuffer()
        } else if self.buffer.storageCapacity > 1_024 + 4 * size {
            self.buffer = ByteBuffer(self.buffer.readableBytesView)
        }
    }
}
