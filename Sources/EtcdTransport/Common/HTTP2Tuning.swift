import NIOCore
import NIOHTTP2

/// HTTP/2 settings shared by client and server, with the reasons.
enum HTTP2Tuning {
    static let streamWindowBytes = 1 << 20
    static let connectionWindowBytes = 8 << 20

    /// How a client connection is set up.
    static func clientConfiguration() -> NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .initialWindowSize, value: self.streamWindowBytes),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 1 << 14),
            HTTP2Setting(parameter: .enablePush, value: 0),
        ]
        // Go's gRPC sends one PING per burst of data, and every cancelled call is a RST_STREAM: 200 in 30 s, the default,
        // would cut honest servers off, also when they end a thousand streams in one packet. A client chose its server,
        // and need not fear its floods; so the window is shorter than any two frames take, and the count small, since
        // each limit reserves eight bytes for each of its count on every connection.
        configuration.connection.controlFrameRateLimit.maximumCount = 16
        configuration.connection.controlFrameRateLimit.windowLength = .microseconds(1)
        configuration.stream.streamResetFrameRateLimit.maximumCount = 16
        configuration.stream.streamResetFrameRateLimit.windowLength = .microseconds(1)
        configuration.stream.streamErrorRateLimit.maximumCount = 16
        configuration.stream.streamErrorRateLimit.windowLength = .microseconds(1)
        // This one counts over the whole life of a connection, and ours live for months: frames that cross a reset
        // on the wire are no attack.
        configuration.connection.maximumConnectionGlitches = Int.max
        configuration.connection.targetWindowSize = self.connectionWindowBytes
        configuration.stream.targetWindowSize = self.streamWindowBytes
        configuration.stream.outboundBufferSizeHighWatermark = 128 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 64 << 10
        return configuration
    }

    /// The first read's buffer: a channel keeps two, and most connections hear little. It grows with what comes.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 1 << 16)

    /// How many bytes may wait for a slow peer before a connection stops being writable.
    static let writeBufferWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 512 << 10)

    /// Whether an error that shows on a connection ends it. Errors of one stream show there too, and the streams beside
    /// it go on; and a frame may come for a stream that was reset a moment ago.
    static func endsConnection(_ error: any Error) -> Bool {
        !(error is NIOHTTP2Errors.StreamError || error is NIOHTTP2Errors.NoSuchStream)
    }
}
