/// The open streams of one connection, and which have been.
struct HTTP2StreamTable<Stream: HTTP2Stream> {
    private var streams: [UInt32: Stream] = [:]
    /// The highest stream that a client has opened; what is below it and not here is over.
    private(set) var last: UInt32 = 0

    var isEmpty: Bool { self.streams.isEmpty }
    var count: Int { self.streams.count }
    var all: [Stream] { Array(self.streams.values) }

    subscript(stream: UInt32) -> Stream? { self.streams[stream] }

    /// Whether a frame may be about this stream: it is open, or was.
    func hasOpened(_ stream: UInt32) -> Bool { stream != 0 && stream <= self.last }

    /// Notes that a client has opened a stream, whether it is served or not.
    mutating func note(_ stream: UInt32) { self.last = stream }

    mutating func add(_ stream: Stream) { self.streams[stream.id] = stream }

    /// - Returns: Whether it was there.
    mutating func remove(_ stream: Stream) -> Bool {
        self.streams.removeValue(forKey: stream.id) != nil
    }

    mutating func removeAll() -> [Stream] {
        defer { self.streams = [:] }
        return self.all
    }
}
