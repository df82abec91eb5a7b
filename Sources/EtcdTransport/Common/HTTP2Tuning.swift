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
        // Go's gRPC sends one PING per burst of data, and every cancelled call is a RST_STREAM. The limits of
        // 200 per 30 s would cut honest peers off. A short window lifts them without the memory that a larger count
        // reserves per connection, and still stops a flood of more than 200 in a millisecond.
        configuration.connection.controlFrameRateLimit.windowLength = .milliseconds(1)
        configuration.stream.streamResetFrameRateLimit.windowLength = .milliseconds(1)
        configuration.stream.streamErrorRateLimit.windowLength = .milliseconds(1)
        // This one counts over the whole life of a connection, and ours live for months: frames that cross a reset
        // on the wire are no attack.
        configuration.connection.maximumConnectionGlitches = Int.max
        configuration.connection.targetWindowSize = self.connectionWindowBytes
        configuration.stream.targetWindowSize = self.streamWindowBytes
        configuration.stream.outboundBufferSizeHighWatermark = 128 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 64 << 10
        return configuration
    }

    /// How many bytes may wait for a slow peer before a connection stops being writable.
    static let writeBufferWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 512 << 10)

    /// Whether an error that shows on a connection ends it. Errors of one stream show there too, and the streams beside
    /// it go on; and a frame may come for a stream that was reset a moment ago.
    static func endsConnection(_ error: any Error) -> Bool {
        !(error is NIOHTTP2Errors.StreamError || error is NIOHTTP2Errors.NoSuchStream)
    }
}
