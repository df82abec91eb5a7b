import NIOCore
import SwiftProtobuf
import Synchronization

/// The sending half of a streaming call. Usable from any thread.
///
/// What is sent waits here until the client takes it. The buffer is bounded: see ``SendOutcome``.
package final class GRPCServerStream: Sendable {
    /// What became of a message.
    package enum SendOutcome: Sendable {
        /// It will be sent, unless the stream breaks first.
        case queued
        /// It was *not* taken: the client is slow and the buffer is full. `onWritable` will be called.
        case full
        /// It was not taken: the stream is over.
        case closed
    }

    private struct State {
        var queue = CircularBuffer<ByteBuffer>()
        var queuedBytes = 0
        var status: GRPCStatus?
        var isDrainScheduled = false
        var isClosed = false
        /// `send` answered `full`, so the handler waits to be told of room.
        var owesWritable = false
    }

    /// What the event loop shall do next; made under the lock, done after it.
    struct Batch {
        var messages: [ByteBuffer] = []
        var status: GRPCStatus?
        var tellsWritable = false
    }

    package let info: GRPCCallInfo
    private let call: NIOLoopBound<GRPCServerCall>
    private let eventLoop: any EventLoop
    private let maximumQueuedBytes: Int
    private let state = Mutex(State())

    init(info: GRPCCallInfo, call: GRPCServerCall, eventLoop: any EventLoop, maximumQueuedBytes: Int) {
        self.info = info
        self.call = NIOLoopBound(call, eventLoop: eventLoop)
        self.eventLoop = eventLoop
        self.maximumQueuedBytes = maximumQueuedBytes
    }

    /// Queues a message. Messages leave in the order of the calls.
    ///
    /// One message is always taken while less than the bound is waiting, however large it is.
    ///
    /// - Parameter isControl: For the rare message that must not be lost (a watch's end, say): it may use as much
    ///   room again beyond the bound. If that is full too, the stream ends with `resourceExhausted`.
    package func send(_ message: some Message, isControl: Bool = false) -> SendOutcome {
        do {
            return self.send(framed: try GRPCMessageCoding.frame(message), isControl: isControl)
        } catch {
            self.finish(error)
            return .closed
        }
    }

    /// Queues a message that ``GRPCMessageCoding/frame(_:)`` has made, so that many streams can share its bytes.
    package func send(framed message: ByteBuffer, isControl: Bool = false) -> SendOutcome {
        enum Action { case drain, nothing, overflow }
        let (outcome, action) = self.state.withLock { state -> (SendOutcome, Action) in
            guard !state.isClosed, state.status == nil else { return (.closed, .nothing) }
            guard state.queuedBytes < self.maximumQueuedBytes * (isControl ? 2 : 1) else {
                if isControl { return (.closed, .overflow) }
                state.owesWritable = true
                return (.full, .nothing)
            }
            state.queue.append(message)
            state.queuedBytes += message.readableBytes
            defer { state.isDrainScheduled = true }
            return (.queued, state.isDrainScheduled ? .nothing : .drain)
        }
        switch action {
        case .drain: self.scheduleDrain()
        case .overflow: self.finish(GRPCStatus(.resourceExhausted, "the client does not take the stream's messages"))
        case .nothing: break
        }
        return outcome
    }

    /// Ends the stream after what is queued. Only the first call counts.
    package func finish(_ status: GRPCStatus) {
        let drains = self.state.withLock { state in
            guard !state.isClosed, state.status == nil else { return false }
            state.status = status
            defer { state.isDrainScheduled = true }
            return !state.isDrainScheduled
        }
        if drains { self.scheduleDrain() }
    }

    /// Whether the buffer has reached its bound. Messages from the client wait while it has.
    var isFull: Bool { self.state.withLock { $0.queuedBytes >= self.maximumQueuedBytes } }

    private func scheduleDrain() {
        // Also when already on the loop: the messages of one turn then leave as one write.
        self.eventLoop.execute { [call] in call.value.drainStream() }
    }

    /// Takes up to `maximumBytes`, at least one message. Called on the event loop, by the call only.
    func takeBatch(maximumBytes: Int) -> Batch {
        self.state.withLock { state in
            var batch = Batch()
            var bytes = 0
            while bytes < maximumBytes, let message = state.queue.popFirst() {
                bytes += message.readableBytes
                batch.messages.append(message)
            }
            state.queuedBytes -= bytes
            if state.queue.isEmpty {
                state.isDrainScheduled = false
                batch.status = state.status
                if batch.status != nil { state.isClosed = true }
            }
            if state.owesWritable, state.queuedBytes < self.maximumQueuedBytes / 2, batch.status == nil {
                state.owesWritable = false
                batch.tellsWritable = true
            }
            return batch
        }
    }

    /// The call is over: drops what is queued and refuses the rest.
    func close() {
        self.state.withLock { state in
            state.isClosed = true
            state.queue.removeAll()
            state.queuedBytes = 0
        }
    }
}
