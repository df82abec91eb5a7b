import BenchmarkSupport
import Foundation
import Glibc

/// One connection to a server on this machine, one request at a time, with next to no cost of its own.
final class PlainHTTP {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    var cookie = ""

    init(port: UInt16) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchmarkFailure("nobody listens on port \(port)") }
        var one: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    deinit { close(self.descriptor) }

    struct Answer {
        let status: Int
        let head: String
        let body: [UInt8]
    }

    func send(_ method: String, _ path: String, _ body: String = "", type: String = "application/json") throws -> Answer
    {
        let request =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: \(self.cookie)\r\nAccept: */*\r\n"
            + "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(request.utf8)
        guard Glibc.send(self.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchmarkFailure("the server closed the connection")
        }
        var end: Int?
        while end == nil {
            end = self.headEnd()
            if end == nil { try self.readMore() }
        }
        let head = String(decoding: self.buffer[..<(end ?? 0)], as: UTF8.self)
        self.buffer.removeFirst((end ?? 0) + 4)
        let fields = head.lowercased().split(separator: "\r\n")
        guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw BenchmarkFailure("no HTTP: \(head.prefix(100))")
        }
        if fields.contains(where: { $0.hasPrefix("transfer-encoding:") && $0.contains("chunked") }) {
            return Answer(status: status, head: head, body: try self.chunked())
        }
        let length =
            fields.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        while self.buffer.count < length { try self.readMore() }
        defer { self.buffer.removeFirst(length) }
        return Answer(status: status, head: head, body: Array(self.buffer[..<length]))
    }

    private func headEnd() -> Int? {
        guard self.buffer.count >= 4 else { return nil }
        return self.buffer.indices.dropLast(3).first {
            self.buffer[$0] == 13 && self.buffer[$0 + 1] == 10 && self.buffer[$0 + 2] == 13 && self.buffer[$0 + 3] == 10
        }
    }

    private func chunked() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var lineEnd: Int?
            while lineEnd == nil {
                lineEnd = self.buffer.firstIndex(of: 10)
                if lineEnd == nil { try self.readMore() }
            }
            let line = String(decoding: self.buffer[..<(lineEnd ?? 0)], as: UTF8.self).trimmingCharacters(
                in: .whitespaces)
            self.buffer.removeFirst((lineEnd ?? 0) + 1)
            guard let length = Int(line.trimmingCharacters(in: .newlines), radix: 16) else {
                throw BenchmarkFailure("a chunk without a length: \(line)")
            }
            while self.buffer.count < length + 2 { try self.readMore() }
            body += self.buffer[..<length]
            self.buffer.removeFirst(length + 2)
            if length == 0 { return body }
        }
    }

    private func readMore() throws {
        var chunk = [UInt8](repeating: 0, count: 262_144)
        let count = recv(self.descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw BenchmarkFailure("the server closed the connection") }
        self.buffer += chunk[..<count]
    }
}
