import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// An answer's body, in memory.
final class CollectedBody: Sendable {
    private let state = Mutex(ByteBuffer())

    var bytes: ByteBuffer { self.state.withLock { $0 } }

    struct Writer: ResponseBodyWriter {
        let body: CollectedBody

        mutating func write(_ buffer: ByteBuffer) async throws {
            self.body.state.withLock { bytes in
                var buffer = buffer
                bytes.writeBuffer(&buffer)
            }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
