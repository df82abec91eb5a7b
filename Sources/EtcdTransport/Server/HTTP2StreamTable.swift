/// The open streams of one connection, and which have been.
struct HTTP2StreamTable {
    static let maximumCount = 1 << 20
    /// How much of unfinished requests one connection may hold.
    private static let partialRequestBytesMaximum = 64 << 20

    private var calls: [UInt32: GRPCServerCall] = [:]
    /// The highest stream that the client has opened; what is below it and not here is over.
    private(set) var last: UInt32 = 0
    private var partialRequestBytes = 0

    var isEmpty: Bool { self.calls.isEmpty }
    var isFull: Bool { self.calls.count >= Self.maximumCount }
    var all: [GRPCServerCall] { Array(self.calls.values) }

    subscript(stream: UInt32) -> GRPCServerCall? { self.calls[stream] }

    /// Whether a frame may be about this stream: it is open, or was.
    func hasOpened(_ stream: UInt32) -> Bool { stream != 0 && stream <= self.last }

    /// Notes that the client has opened a stream, whether it is served or not.
    mutating func note(_ stream: UInt32) { self.last = stream }

    mutating func add(_ call: GRPCServerCall) { self.calls[call.stream] = call }

    /// - Returns: Whether it was there.
    mutating func remove(_ call: GRPCServerCall) -> Bool {
        guard self.calls.removeValue(forKey: call.stream) != nil else { return false }
        self.partialRequestBytes -= call.partialBytes
        return true
    }

    mutating func removeAll() -> [GRPCServerCall] {
        defer { self.calls = [:] }
        return self.all
    }

    /// Call it before a call gets bytes, and ``didReceive(_:)`` after; the call may end in between.
    mutating func willReceive(_ call: GRPCServerCall) { self.partialRequestBytes -= call.partialBytes }

    /// - Throws: If all unfinished requests together hold too much.
    mutating func didReceive(_ call: GRPCServerCall) throws(HTTP2Wire.ConnectionError) {
        self.partialRequestBytes += call.partialBytes
        guard self.partialRequestBytes <= Self.partialRequestBytesMaximum else {
            throw HTTP2Wire.ConnectionError(.enhanceYourCalm, "too many unfinished requests")
        }
    }
}
