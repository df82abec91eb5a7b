import NIOCore
import NIOHTTP2
import Synchronization

/// Counts the streams of a connection, so that one that takes no new calls can close when the last has ended.
final class OpenStreams: NIOHTTP2StreamDelegate {
    private struct State {
        var count = 0
        var onEmpty: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isEmpty: Bool { self.state.withLock { $0.count == 0 } }

    /// Called whenever the last stream has ended, on the connection's event loop.
    func onEmpty(_ body: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.onEmpty = body }
    }

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        self.state.withLock { $0.count += 1 }
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        let onEmpty = self.state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.onEmpty : nil
        }
        onEmpty?()
    }
}
