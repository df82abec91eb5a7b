import NIOCore

/// The numbers of HTTP/2 (RFC 9113) that a client and a server of gRPC need.
enum HTTP2Wire {
    static let preface: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let frameHeaderBytes = 9
    /// The largest frame either side sends unless told otherwise; this code asks for no more.
    static let maximumFrameBytes = 16_384
    static let largestWindow = Int(Int32.max)
    static let defaultWindow = 65_535
    static let defaultHeaderTableBytes = 4_096

    enum FrameType: UInt8 {
        case data = 0
        case headers = 1
        case priority = 2
        case resetStream = 3
        case settings = 4
        case pushPromise = 5
        case ping = 6
        case goAway = 7
        case windowUpdate = 8
        case continuation = 9
    }

    enum Flag {
        static let endStream: UInt8 = 0x1
        static let acknowledge: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }

    enum Setting {
        static let headerTableSize: UInt16 = 1
        static let enablePush: UInt16 = 2
        static let maximumConcurrentStreams: UInt16 = 3
        static let initialWindowSize: UInt16 = 4
        static let maximumFrameSize: UInt16 = 5
        static let maximumHeaderListSize: UInt16 = 6
    }

    enum ErrorCode: UInt32 {
        case none = 0
        case protocolError = 1
        case internalError = 2
        case flowControl = 3
        case streamClosed = 5
        case frameSize = 6
        case refusedStream = 7
        case cancel = 8
        case compression = 9
        case enhanceYourCalm = 11
    }

    /// What ends a connection: the other side broke the rules.
    struct ConnectionError: Error, CustomStringConvertible {
        let code: ErrorCode
        let reason: String

        init(_ code: ErrorCode, _ reason: String) {
            self.code = code
            self.reason = reason
        }

        var description: String { "HTTP/2: \(self.reason)" }
    }
}

extension ByteBuffer {
    mutating func writeFrameHeader(
        _ type: HTTP2Wire.FrameType, flags: UInt8 = 0, stream: UInt32 = 0, payloadBytes: Int
    ) {
        self.writeInteger(UInt32(payloadBytes) << 8 | UInt32(type.rawValue))
        self.writeInteger(flags)
        self.writeInteger(stream)
    }

    mutating func writeSettings(_ settings: [(name: UInt16, value: UInt32)]) {
        self.writeFrameHeader(.settings, payloadBytes: settings.count * 6)
        for setting in settings {
            self.writeInteger(setting.name)
            self.writeInteger(setting.value)
        }
    }

    mutating func writeWindowUpdate(stream: UInt32, increment: Int) {
        self.writeFrameHeader(.windowUpdate, stream: stream, payloadBytes: 4)
        self.writeInteger(UInt32(increment))
    }

    mutating func writeReset(stream: UInt32, _ code: HTTP2Wire.ErrorCode) {
        self.writeFrameHeader(.resetStream, stream: stream, payloadBytes: 4)
        self.writeInteger(code.rawValue)
    }

    mutating func writeGoAway(lastStream: UInt32, _ code: HTTP2Wire.ErrorCode) {
        self.writeFrameHeader(.goAway, payloadBytes: 8)
        self.writeInteger(lastStream)
        self.writeInteger(code.rawValue)
    }

    mutating func writePing(_ data: UInt64, isAcknowledgement: Bool) {
        self.writeFrameHeader(.ping, flags: isAcknowledgement ? HTTP2Wire.Flag.acknowledge : 0, payloadBytes: 8)
        self.writeInteger(data)
    }
}
