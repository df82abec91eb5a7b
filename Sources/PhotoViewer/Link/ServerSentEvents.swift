/// An event of a `text/event-stream` (HTML Living Standard, 9.2).
struct ServerSentEvent: Hashable, Sendable {
    /// Nil when the stream has named none so far.
    var id: String?
    var name = "message"
    var data = ""
}

/// Cuts a stream of bytes into events. Pure.
struct ServerSentEventParser: Sendable {
    struct TooLong: Error {}

    /// An event longer than this is not of ours: a display's keys hold a few megabytes at most.
    private static let limit = 16 << 20

    private var line: [UInt8] = []
    private var event = ServerSentEvent()
    private var data: [UInt8] = []
    private var hasData = false
    private var lastID: String?
    private var skipsLineFeed = false

    /// The events that are whole with these bytes.
    ///
    /// - Throws: ``TooLong``.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            if self.skipsLineFeed {
                self.skipsLineFeed = false
                if byte == UInt8(ascii: "\n") { continue }
            }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                guard self.line.count + self.data.count < Self.limit else { throw TooLong() }
                self.line.append(byte)
                continue
            }
            self.skipsLineFeed = byte == UInt8(ascii: "\r")
            if let event = self.endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { self.line.removeAll(keepingCapacity: true) }
        guard !self.line.isEmpty else {
            defer { (self.event, self.data, self.hasData) = (ServerSentEvent(), [], false) }
            guard self.hasData else { return nil }
            self.event.id = self.lastID
            self.event.data = String(decoding: self.data, as: UTF8.self)
            return self.event
        }
        let colon = self.line.firstIndex(of: UInt8(ascii: ":"))
        let field = String(decoding: self.line[..<(colon ?? self.line.endIndex)], as: UTF8.self)
        var value = colon.map { self.line[($0 + 1)...] } ?? []
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch field {
        case "id": if !value.contains(0) { self.lastID = String(decoding: value, as: UTF8.self) }
        case "event": self.event.name = String(decoding: value, as: UTF8.self)
        case "data":
            if self.hasData { self.data.append(UInt8(ascii: "\n")) }
            self.data += value
            self.hasData = true
        // A comment, a retry time, or what a later version says.
        default: break
        }
        return nil
    }
}
