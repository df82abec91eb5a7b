import AsyncHTTPClient
import Glibc
import NIOCore

/// A response's body on its way into a file, a piece at a time.
enum FileDownload {
    /// Makes the file at `path` anew.
    ///
    /// - Returns: How many bytes were written.
    /// - Throws: ``ViewerError``: `storage`, or `damaged` past `limit` bytes; the connection's own errors otherwise.
    static func write(_ body: HTTPClientResponse.Body, to path: String, limit: Int) async throws -> Int {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.failure(path) }
        defer { close(descriptor) }
        var total = 0
        for try await piece in body {
            total += piece.readableBytes
            guard total <= limit else {
                throw ViewerError(.damaged, "the server sends more than \(limit) bytes for one photo")
            }
            try self.write(piece, to: descriptor, path: path)
        }
        return total
    }

    private static func write(_ piece: ByteBuffer, to descriptor: Int32, path: String) throws(ViewerError) {
        let isWritten = piece.withUnsafeReadableBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
        guard isWritten else { throw self.failure(path) }
    }

    private static func failure(_ path: String) -> ViewerError {
        ViewerError(.storage, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
