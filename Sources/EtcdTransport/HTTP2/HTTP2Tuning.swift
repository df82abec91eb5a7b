import NIOCore

/// HTTP/2 settings shared by client and server, with the reasons.
enum HTTP2Tuning {
    static let streamWindowBytes = 1 << 20
    static let connectionWindowBytes = 8 << 20

    /// The first read's buffer: a channel keeps two, and most connections hear little. It grows with what comes.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 1 << 16)

    /// How many bytes may wait for a slow peer before a connection stops being writable.
    static let writeBufferWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 256 << 10, high: 512 << 10)
}
