import BenchmarkSupport
import Foundation

/// One HTTP/1.1 connection to 127.0.0.1, without anything between the socket and what is measured.
final class HTTPConnection {
    struct Answer {
        let status: Int
        let body: [UInt8]
        let headers: [Substring]
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(UInt16(port))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw BenchmarkFailure("cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
        var yes: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(self.descriptor) }

    func send(_ method: String, _ path: String, _ headers: [String] = [], _ body: String = "") throws {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1"] + headers
        if !body.isEmpty || method != "GET" { lines.append("Content-Length: \(body.utf8.count)") }
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
        guard write(self.descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchmarkFailure("the server takes no request")
        }
    }

    /// Reads the head of an answer whose body does not end.
    func readHead() throws -> [Substring] {
        while true {
            if let end = self.buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: self.buffer[..<end.lowerBound], as: UTF8.self)
                self.buffer.removeSubrange(..<end.upperBound)
                return head.split(separator: "\r\n")
            }
            try self.fill()
        }
    }

    func read() throws -> Answer {
        let head = try self.readHead()
        let status = Int(head[0].split(separator: " ")[1]) ?? 0
        let length = head.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) }
        guard let length else { throw BenchmarkFailure("an answer without a length: \(head)") }
        while self.buffer.count < length { try self.fill() }
        defer { self.buffer.removeSubrange(..<length) }
        return Answer(status: status, body: Array(self.buffer[..<length]), headers: Array(head))
    }

    func call(_ method: String, _ path: String, _ headers: [String] = [], _ body: String = "") throws -> Answer {
        try self.send(method, path, headers, body)
        return try self.read()
    }

    private func fill() throws {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(self.descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw BenchmarkFailure("the server closed the connection, or is silent for a minute") }
        self.buffer += chunk[..<count]
    }
}
