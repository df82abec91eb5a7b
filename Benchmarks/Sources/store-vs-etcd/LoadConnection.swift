import BenchmarkSupport
import Foundation

/// One HTTP/2 connection of the load generator, as lean as it can be: what is measured are the servers.
///
/// It sends well-formed gRPC calls, keeps to the server's flow control, answers SETTINGS and PING, and hands over whole
/// messages. It does not decode header blocks: a call succeeded if a message came before its end, as a failed unary call
/// of either server has none.
final class LoadConnection {
    /// What a stream is used for.
    enum Call { case unary, watch }

    private struct Stream {
        let call: Call
        let started: UInt64
        var hasMessage = false
        /// The beginning of a message whose rest is to come.
        var partial: [UInt8] = []
    }

    private struct Waiting {
        let stream: UInt32
        let bytes: [UInt8]
        let endsStream: Bool
    }

    let index: Int
    let descriptor: Int32
    /// A whole message came. The bytes are valid during the call only.
    var onMessage: (LoadConnection, UInt32, UnsafeRawBufferPointer) -> Void = { _, _, _ in }
    /// A call ended; `nanoseconds` since it began.
    var onEnd: (LoadConnection, _ succeeded: Bool, _ nanoseconds: UInt64) -> Void = { _, _, _ in }
    private(set) var isBroken = false
    private(set) var hasSettings = false
    var isMarkedForFlush = false
    var wantsWritable = false

    private var output: [UInt8] = []
    private var input: [UInt8] = []
    private var nextStream: UInt32 = 1
    private var streams: [UInt32: Stream] = [:]
    private var connectionWindow = 65_535
    private var initialStreamWindow = 65_535
    /// Windows of the streams that send more than one message.
    private var streamWindows: [UInt32: Int] = [:]
    private var waiting: [Waiting] = []
    private var nextWaiting = 0
    /// Header fields the server's table has learnt, in the order it learnt them.
    private var learnt: [String: Int] = [:]

    init(index: Int, port: UInt16) throws {
        self.index = index
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard self.descriptor >= 0 else { throw BenchmarkFailure("no socket: \(String(cString: strerror(errno)))") }
        var yes: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        // Closing resets: ten thousand ports that wait for late packets would be in the way of the next run.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        var address = sockaddr_in.loopback(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            let reason = String(cString: strerror(errno))
            Glibc.close(self.descriptor)
            throw BenchmarkFailure("cannot connect to port \(port): \(reason)")
        }
        self.output += Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        // No push; and windows so large that reading never has to be acknowledged.
        self.frame(type: 4, flags: 0, stream: 0, [0, 2, 0, 0, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff])
        self.frame(type: 8, flags: 0, stream: 0, [0x7f, 0xff, 0, 0])
    }

    func close() {
        guard !self.isBroken else { return }
        self.isBroken = true
        Glibc.close(self.descriptor)
    }

    var openStreamCount: Int { self.streams.count }
    var hasOutput: Bool { !self.output.isEmpty }

    // MARK: Sending

    /// Begins a call with one request message.
    func unary(_ path: String, _ message: [UInt8], now: UInt64) {
        let stream = self.begin(path, .unary, now: now)
        self.send(message, on: stream, endsStream: true)
    }

    /// Begins a call that stays open; returns its stream.
    func open(_ path: String) -> UInt32 {
        let stream = self.begin(path, .watch, now: 0)
        self.streamWindows[stream] = self.initialStreamWindow
        return stream
    }

    /// Sends one message on a stream.
    func send(_ message: [UInt8], on stream: UInt32, endsStream: Bool = false) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.count + 5)
        bytes += [0, UInt8(message.count >> 24 & 0xff), UInt8(message.count >> 16 & 0xff)]
        bytes += [UInt8(message.count >> 8 & 0xff), UInt8(message.count & 0xff)]
        bytes += message
        let next = Waiting(stream: stream, bytes: bytes, endsStream: endsStream)
        if self.nextWaiting < self.waiting.count || !self.sendIfAllowed(next) { self.waiting.append(next) }
    }

    private func sendIfAllowed(_ data: Waiting) -> Bool {
        guard data.bytes.count <= self.connectionWindow else { return false }
        if let window = self.streamWindows[data.stream] {
            guard data.bytes.count <= window else { return false }
            self.streamWindows[data.stream] = window - data.bytes.count
        }
        self.connectionWindow -= data.bytes.count
        self.frame(type: 0, flags: data.endsStream ? 1 : 0, stream: data.stream, data.bytes)
        return true
    }

    private func sendWaiting() {
        while self.nextWaiting < self.waiting.count, self.sendIfAllowed(self.waiting[self.nextWaiting]) {
            self.nextWaiting += 1
        }
        if self.nextWaiting == self.waiting.count {
            self.waiting.removeAll(keepingCapacity: true)
            self.nextWaiting = 0
        }
    }

    private func begin(_ path: String, _ call: Call, now: UInt64) -> UInt32 {
        let stream = self.nextStream
        self.nextStream += 2
        self.streams[stream] = Stream(call: call, started: now)
        var block: [UInt8] = [0x83, 0x86]  // :method POST, :scheme http
        self.header(4, ":path", path, to: &block)
        self.header(1, ":authority", "127.0.0.1", to: &block)
        self.header(31, "content-type", "application/grpc", to: &block)
        self.header(0, "te", "trailers", to: &block)
        self.frame(type: 1, flags: 4, stream: stream, block)
        return stream
    }

    /// A header field: from the server's table once it has learnt it, as all clients do.
    private func header(_ staticName: UInt8, _ name: String, _ value: String, to block: inout [UInt8]) {
        let id = "\(name)=\(value)"
        if let position = self.learnt[id] {
            block.append(0x80 | UInt8(62 + self.learnt.count - 1 - position))
            return
        }
        self.learnt[id] = self.learnt.count
        block.append(0x40 | staticName)
        if staticName == 0 {
            block.append(UInt8(name.utf8.count))
            block += Array(name.utf8)
        }
        block.append(UInt8(value.utf8.count))
        block += Array(value.utf8)
    }

    private func frame(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) {
        let count = payload.count
        self.output += [UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff), type, flags]
        self.output += [
            UInt8(stream >> 24), UInt8(stream >> 16 & 0xff), UInt8(stream >> 8 & 0xff), UInt8(stream & 0xff),
        ]
        self.output += payload
    }

    /// Writes what the kernel takes.
    func flush() {
        var written = 0
        while written < self.output.count, !self.isBroken {
            let result = self.output.withUnsafeBytes { bytes in
                Glibc.send(
                    self.descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            if result > 0 {
                written += result
            } else if errno == EAGAIN || errno == ENOTCONN {
                break
            } else if errno != EINTR {
                self.isBroken = true
            }
        }
        if written == self.output.count {
            self.output.removeAll(keepingCapacity: self.output.count <= 65_536)
        } else {
            self.output.removeFirst(written)
        }
    }

    // MARK: Receiving

    /// Reads what has come, through a buffer that all connections share.
    func receive(_ scratch: UnsafeMutableRawBufferPointer) {
        while !self.isBroken {
            let count = recv(self.descriptor, scratch.baseAddress, scratch.count, 0)
            if count > 0 {
                let new = UnsafeRawBufferPointer(rebasing: scratch[..<count])
                if self.input.isEmpty {
                    let used = self.parse(new)
                    if used < count { self.input += new[used...] }
                } else {
                    self.input += new
                    let whole = self.input
                    let used = whole.withUnsafeBytes { self.parse($0) }
                    if used == whole.count { self.input = [] } else { self.input.removeFirst(used) }
                }
                if count < scratch.count { return }
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                self.isBroken = true
            }
        }
    }

    /// Handles the whole frames in `bytes`; returns how many bytes they took.
    private func parse(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while bytes.count - offset >= 9 {
            let length = Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
            guard bytes.count - offset >= 9 + length else { break }
            let stream = bytes.loadUnaligned(fromByteOffset: offset + 5, as: UInt32.self).bigEndian & 0x7fff_ffff
            let payload = UnsafeRawBufferPointer(rebasing: bytes[(offset + 9)..<(offset + 9 + length)])
            self.handle(type: bytes[offset + 3], flags: bytes[offset + 4], stream: stream, payload)
            offset += 9 + length
        }
        return offset
    }

    private func handle(type: UInt8, flags: UInt8, stream: UInt32, _ payload: UnsafeRawBufferPointer) {
        switch type {
        case 0:
            self.data(payload, on: stream)
            if flags & 1 == 1 { self.end(stream) }
        case 1:
            if flags & 1 == 1 { self.end(stream) }
        case 3:
            self.streams[stream]?.hasMessage = false
            self.end(stream)
        case 4 where flags & 1 == 0:
            self.settings(payload)
        case 6 where flags & 1 == 0:
            self.frame(type: 6, flags: 1, stream: 0, Array(payload))
        case 7:
            self.isBroken = true
        case 8 where payload.count == 4:
            let increment = Int(payload.loadUnaligned(as: UInt32.self).bigEndian & 0x7fff_ffff)
            if stream == 0 {
                self.connectionWindow += increment
            } else if let window = self.streamWindows[stream] {
                self.streamWindows[stream] = window + increment
            }
            self.sendWaiting()
        default:
            break
        }
    }

    private func settings(_ payload: UnsafeRawBufferPointer) {
        for offset in stride(from: 0, to: payload.count - payload.count % 6, by: 6) {
            let name = payload.loadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
            guard name == 4 else { continue }
            let size = Int(payload.loadUnaligned(fromByteOffset: offset + 2, as: UInt32.self).bigEndian)
            for (stream, window) in self.streamWindows {
                self.streamWindows[stream] = window + size - self.initialStreamWindow
            }
            self.initialStreamWindow = size
        }
        self.hasSettings = true
        self.frame(type: 4, flags: 1, stream: 0, [])
        self.sendWaiting()
    }

    private func data(_ payload: UnsafeRawBufferPointer, on stream: UInt32) {
        guard var state = self.streams.removeValue(forKey: stream) else { return }
        if state.partial.isEmpty {
            let used = self.messages(in: payload, on: stream, &state)
            if used < payload.count { state.partial = Array(payload[used...]) }
        } else {
            state.partial += payload
            let whole = state.partial
            let used = whole.withUnsafeBytes { self.messages(in: $0, on: stream, &state) }
            state.partial = Array(whole[used...])
        }
        self.streams[stream] = state
    }

    private func messages(in bytes: UnsafeRawBufferPointer, on stream: UInt32, _ state: inout Stream) -> Int {
        var offset = 0
        while bytes.count - offset >= 5 {
            let length = Int(bytes.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self).bigEndian)
            guard bytes.count - offset >= 5 + length else { break }
            state.hasMessage = true
            self.onMessage(self, stream, UnsafeRawBufferPointer(rebasing: bytes[(offset + 5)..<(offset + 5 + length)]))
            offset += 5 + length
        }
        return offset
    }

    private func end(_ stream: UInt32) {
        guard let state = self.streams.removeValue(forKey: stream) else { return }
        self.streamWindows[stream] = nil
        self.onEnd(self, state.hasMessage && state.call == .unary, monotonicNanoseconds() &- state.started)
    }
}

/// The monotonic clock.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
