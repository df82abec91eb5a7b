import NIOCore

/// How much each side of a connection may send (RFC 9113, section 5.2), and whose turn it is when there is room again.
struct HTTP2FlowControl {
    /// How many bytes the other side takes on the connection, and at first on each stream.
    private(set) var sendWindow = HTTP2Wire.defaultWindow
    private(set) var initialStreamWindow = HTTP2Wire.defaultWindow
    private(set) var maximumFrameBytes = HTTP2Wire.maximumFrameBytes
    /// What the other side has sent since it was last given more room.
    private var receivedBytes = 0
    /// Streams that have something to send and wait for room on the connection or in the socket, in turn.
    private var waiting = CircularBuffer<UInt32>(initialCapacity: 1)

    // MARK: What the other side sends

    /// Notes the payload of a DATA frame, padding included.
    ///
    /// - Returns: How much more room to give the other side; 0 for none yet.
    mutating func receive(_ size: Int) throws(HTTP2Wire.ConnectionError) -> Int {
        self.receivedBytes += size
        guard self.receivedBytes <= HTTP2Tuning.connectionWindowBytes else {
            throw HTTP2Wire.ConnectionError(.flowControl, "more DATA than the connection's window")
        }
        guard self.receivedBytes >= HTTP2Tuning.connectionWindowBytes / 2 else { return 0 }
        defer { self.receivedBytes = 0 }
        return self.receivedBytes
    }

    // MARK: What the other side takes

    /// How many of `bytes` may go into the next frame on a stream with this window.
    func frameBytes(of bytes: Int, streamWindow: Int) -> Int {
        min(bytes, self.sendWindow, streamWindow, self.maximumFrameBytes)
    }

    mutating func send(_ size: Int) { self.sendWindow -= size }

    /// Takes a WINDOW_UPDATE for the connection.
    mutating func widen(by increment: Int) throws(HTTP2Wire.ConnectionError) {
        guard increment > 0 else { throw HTTP2Wire.ConnectionError(.protocolError, "WINDOW_UPDATE by 0") }
        guard self.sendWindow + increment <= HTTP2Wire.largestWindow else {
            throw HTTP2Wire.ConnectionError(.flowControl, "a window beyond 2 GiB")
        }
        self.sendWindow += increment
    }

    /// Takes the setting INITIAL_WINDOW_SIZE.
    ///
    /// - Returns: By how much the windows of the open streams change.
    mutating func changeInitialStreamWindow(to size: Int) throws(HTTP2Wire.ConnectionError) -> Int {
        guard size <= HTTP2Wire.largestWindow else {
            throw HTTP2Wire.ConnectionError(.flowControl, "INITIAL_WINDOW_SIZE is \(size)")
        }
        defer { self.initialStreamWindow = size }
        return size - self.initialStreamWindow
    }

    /// Takes the setting MAX_FRAME_SIZE.
    mutating func changeMaximumFrame(to size: Int) throws(HTTP2Wire.ConnectionError) {
        guard size >= 16_384, size < 1 << 24 else {
            throw HTTP2Wire.ConnectionError(.protocolError, "MAX_FRAME_SIZE is \(size)")
        }
        // Larger frames would only let one stream hold up the others.
        self.maximumFrameBytes = min(size, HTTP2Wire.maximumFrameBytes)
    }

    // MARK: Turns

    var waitingCount: Int { self.waiting.count }

    mutating func wait(_ stream: UInt32) { self.waiting.append(stream) }

    mutating func nextWaiting() -> UInt32? { self.waiting.popFirst() }
}
