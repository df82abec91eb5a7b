import DisplayChannel
import Synchronization

/// A change of one of a display's topics, on its way to the display.
struct TopicChange: Sendable, Equatable {
    let topic: Topic
    /// The mod_revision of its key; for a command, its id.
    let revision: Int64
    /// The key's value as it is.
    let value: [UInt8]
}

/// What one display that follows over HTTP has not been sent yet. Bounded: who falls further behind is sent everything
/// anew, which is never more than a display has keys.
final class DisplayMailbox: Sendable {
    static let changeCapacity = 64
    static let byteCapacity = 1 << 20

    struct Content: Sendable {
        var changes: [TopicChange] = []
        /// Changes were lost, or may have been: look at the keys again.
        var startsOver = false
        /// It is time to see whether the display is still one of ours.
        var isDueForCheck = false
        /// Another connection of the same display took its place.
        var isClosed = false
    }

    private struct State {
        var content = Content()
        var bytes = 0
    }

    /// Raised when there is something to take.
    let signal = Signal()
    private let state = Mutex(State())

    func put(_ change: TopicChange) {
        self.state.withLock { state in
            guard !state.content.startsOver else { return }
            state.content.changes.append(change)
            state.bytes += change.value.count
            guard state.content.changes.count > Self.changeCapacity || state.bytes > Self.byteCapacity else { return }
            state.content.changes = []
            state.content.startsOver = true
        }
        self.signal.raise()
    }

    func startOver() {
        self.state.withLock { state in
            state.content.changes = []
            state.content.startsOver = true
        }
        self.signal.raise()
    }

    func check() {
        self.state.withLock { $0.content.isDueForCheck = true }
        self.signal.raise()
    }

    func close() {
        self.state.withLock { $0.content.isClosed = true }
        self.signal.raise()
    }

    /// Takes everything there is.
    func take() -> Content {
        self.state.withLock { state in
            defer { state = State() }
            return state.content
        }
    }
}
