import NIOCore

/// Frames that mean the same to clients and servers.
extension HTTP2Connection {
    /// What a frame is, if it may come now; `nil` for a type that is to be skipped.
    func typeInOrder(of frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) -> HTTP2Wire.FrameType? {
        let type = HTTP2Wire.FrameType(rawValue: frame.type)
        if self.headers.isUnfinished, type != .continuation {
            throw HTTP2Wire.ConnectionError(.protocolError, "headers were interrupted by another frame")
        }
        if !self.hasSettings, type != .settings {
            throw HTTP2Wire.ConnectionError(.protocolError, "the first frame is not SETTINGS")
        }
        return type
    }

    static func check(
        _ frame: HTTP2FrameReader.Frame, payloadBytes: Int, isOnStream: Bool
    ) throws(HTTP2Wire.ConnectionError) {
        guard (frame.stream != 0) == isOnStream else {
            throw HTTP2Wire.ConnectionError(.protocolError, "frame \(frame.type) on stream \(frame.stream)")
        }
        guard frame.payload.readableBytes == payloadBytes else {
            throw HTTP2Wire.ConnectionError(.frameSize, "frame \(frame.type) of the wrong size")
        }
    }

    /// Counts a DATA frame against the connection's window, and gives room for more.
    ///
    /// - Returns: What it carries, and the stream it is for; no stream if that has ended while it was on its way.
    func takeData(
        _ frame: HTTP2FrameReader.Frame
    ) throws(HTTP2Wire.ConnectionError) -> (payload: ByteBuffer, stream: Stream?) {
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "DATA on a stream that is not open")
        }
        let increment = try self.flow.receive(frame.payload.readableBytes)
        if increment > 0 {
            self.output.bytes.writeWindowUpdate(stream: 0, increment: increment)
            self.flushSoon()
        }
        return (try frame.payloadWithoutPadding(), self.streams[frame.stream])
    }

    /// - Returns: The stream that the other side has reset, if it was still open, and why. It is no longer in the table.
    func takeReset(
        _ frame: HTTP2FrameReader.Frame
    ) throws(HTTP2Wire.ConnectionError) -> (stream: Stream, code: UInt32)? {
        try Self.check(frame, payloadBytes: 4, isOnStream: true)
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "RST_STREAM on a stream that is not open")
        }
        guard let stream = self.streams[frame.stream] else { return nil }
        self.remove(stream)
        return (stream, frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self) ?? 0)
    }

    /// Takes the other side's settings and acknowledges them; of an acknowledgement, only the form is checked.
    ///
    /// - Returns: Whether there were settings.
    func takeSettings(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) -> Bool {
        guard frame.stream == 0 else {
            throw HTTP2Wire.ConnectionError(.protocolError, "SETTINGS on a stream")
        }
        if frame.has(HTTP2Wire.Flag.acknowledge) {
            try Self.check(frame, payloadBytes: 0, isOnStream: false)
            return false
        }
        guard frame.payload.readableBytes.isMultiple(of: 6) else {
            throw HTTP2Wire.ConnectionError(.frameSize, "SETTINGS of the wrong size")
        }
        var payload = frame.payload
        while let name = payload.readInteger(as: UInt16.self), let value = payload.readInteger(as: UInt32.self) {
            switch name {
            case HTTP2Wire.Setting.initialWindowSize: try self.changeStreamWindows(to: Int(value))
            case HTTP2Wire.Setting.maximumFrameSize: try self.flow.changeMaximumFrame(to: Int(value))
            default: try self.take(setting: name, value)
            }
        }
        self.output.bytes.writeFrameHeader(.settings, flags: HTTP2Wire.Flag.acknowledge, payloadBytes: 0)
        self.flushSoon()
        return true
    }

    private func changeStreamWindows(to size: Int) throws(HTTP2Wire.ConnectionError) {
        let change = try self.flow.changeInitialStreamWindow(to: size)
        for stream in self.streams.all {
            guard stream.sendWindow + change <= HTTP2Wire.largestWindow else {
                throw HTTP2Wire.ConnectionError(.flowControl, "a window beyond 2 GiB")
            }
            stream.sendWindow += change
            if change > 0, stream.hasOutput { self.waitForRoom(stream) }
        }
    }

    /// Answers a ping. Of the answer to one of this side's own, returns the bytes.
    func takePing(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) -> UInt64? {
        try Self.check(frame, payloadBytes: 8, isOnStream: false)
        let data = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt64.self) ?? 0
        if frame.has(HTTP2Wire.Flag.acknowledge) { return data }
        self.output.bytes.writePing(data, isAcknowledgement: true)
        self.flushSoon()
        return nil
    }

    func takeWindowUpdate(_ frame: HTTP2FrameReader.Frame) throws(HTTP2Wire.ConnectionError) {
        try Self.check(frame, payloadBytes: 4, isOnStream: frame.stream != 0)
        let raw = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self) ?? 0
        let increment = Int(raw & 0x7fff_ffff)
        if frame.stream == 0 {
            try self.flow.widen(by: increment)
            self.serveWaiting()
            return
        }
        guard self.streams.hasOpened(frame.stream) else {
            throw HTTP2Wire.ConnectionError(.protocolError, "WINDOW_UPDATE on a stream that is not open")
        }
        guard let stream = self.streams[frame.stream] else { return }
        guard increment > 0, stream.sendWindow + increment <= HTTP2Wire.largestWindow else {
            self.sendReset(stream, increment > 0 ? .flowControl : .protocolError)
            stream.breakOff()
            return
        }
        stream.sendWindow += increment
        stream.sendMore()
    }
}
