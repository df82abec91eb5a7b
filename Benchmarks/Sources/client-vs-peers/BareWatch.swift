import BenchmarkSupport
import Foundation
import Synchronization

/// A watch with nothing around it: one HTTP/2 connection, one stream, one thread that sits in `read`. What a client can
/// at best know, and when.
final class BareWatch: Sendable {
    private let descriptor: Int32
    /// When the event of each version of the key came.
    private let times = Mutex<[Int64: UInt64]>([:])
    private let created = DispatchSemaphore(value: 0)

    /// Connects and watches `key`; returns when the server has said that it watches.
    init(port: UInt16, key: String) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchmarkFailure("cannot connect to port \(port)") }
        var yes: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var output = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        // Windows so large that reading never has to be acknowledged; no header table, so that nothing must be decoded.
        output += Self.frame(4, 0, 0, [0, 4, 0x7f, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0])
        output += Self.frame(8, 0, 0, [0x7f, 0xff, 0, 0])
        var headers: [UInt8] = [0x83, 0x86]  // :method POST, :scheme http
        for (name, value) in [
            (":path", "/etcdserverpb.Watch/Watch"), (":authority", "127.0.0.1"), ("content-type", "application/grpc"),
            ("te", "trailers"),
        ] { headers += [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8 }
        output += Self.frame(1, 4, 1, headers)
        let create = Self.field(1, Self.field(1, Array(key.utf8)))
        output += Self.frame(0, 0, 1, [0, 0, 0, 0, UInt8(create.count)] + create)
        try self.send(output)
        let thread = Thread { self.read() }
        thread.start()
        guard self.created.wait(timeout: .now() + 10) == .success else {
            throw BenchmarkFailure("the bare watch was not created")
        }
    }

    deinit { close(self.descriptor) }

    /// When the event of this revision came; `nil` if it has not yet.
    func time(of revision: Int64) -> UInt64? { self.times.withLock { $0[revision] } }

    func stop() { shutdown(self.descriptor, Int32(SHUT_RDWR)) }

    private func read() {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var messages: [UInt8] = []
        while true {
            let count = Glibc.read(self.descriptor, &buffer, buffer.count)
            guard count > 0 else { return }
            let now = monotonicNanoseconds()
            input += buffer[..<count]
            while input.count >= 9 {
                let length = Int(input[0]) << 16 | Int(input[1]) << 8 | Int(input[2])
                guard input.count >= 9 + length else { break }
                let (type, flags, payload) = (input[3], input[4], Array(input[9..<9 + length]))
                input.removeFirst(9 + length)
                switch type {
                case 0: messages += payload
                case 4 where flags & 1 == 0: try? self.send(Self.frame(4, 1, 0, []))
                case 6 where flags & 1 == 0: try? self.send(Self.frame(6, 1, 0, payload))
                default: break
                }
            }
            self.take(&messages, now)
        }
    }

    private func take(_ messages: inout [UInt8], _ now: UInt64) {
        while messages.count >= 5 {
            let length = messages[1..<5].reduce(0) { $0 << 8 | Int($1) }
            guard messages.count >= 5 + length else { return }
            let message = Array(messages[5..<5 + length])
            messages.removeFirst(5 + length)
            let (revision, isCreated) = Self.read(message)
            if isCreated { self.created.signal() } else { self.times.withLock { $0[revision] = now } }
        }
    }

    /// The header's revision, and whether this is the answer to the request to watch.
    private static func read(_ message: [UInt8]) -> (revision: Int64, isCreated: Bool) {
        var (revision, isCreated) = (Int64(0), false)
        Self.forEachField(message) { number, value, content in
            switch number {
            case 1: Self.forEachField(content) { number, value, _ in if number == 3 { revision = Int64(value) } }
            case 3: isCreated = value != 0
            default: break
            }
        }
        return (revision, isCreated)
    }

    private static func forEachField(_ bytes: [UInt8], _ body: (Int, UInt64, [UInt8]) -> Void) {
        var rest = bytes[...]
        func varint() -> UInt64 {
            var (value, shift) = (UInt64(0), UInt64(0))
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7f) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            return value
        }
        while !rest.isEmpty {
            let tag = varint()
            if tag & 7 == 2 {
                let length = Int(varint())
                body(Int(tag >> 3), 0, Array(rest.prefix(length)))
                rest = rest.dropFirst(length)
            } else {
                body(Int(tag >> 3), varint(), [])
            }
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        guard write(self.descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchmarkFailure("the bare watch cannot send")
        }
    }

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), type, flags, 0, 0, 0, stream] + payload
    }

    private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count)] + bytes
    }
}
