import NIOCore
import SwiftProtobuf

/// A streaming call, pulled: messages are read as they are asked for. Dropping the last reference resets the call.
package final class GRPCClientStream: Sendable {
    /// Nothing came within the time given to ``next(within:)``. The stream goes on.
    package struct Silence: Error {
        package init() {}
    }

    package let connection: GRPCClientConnection
    private let call: NIOLoopBoundBox<GRPCStreamCall>
    private let eventLoop: any EventLoop
    private let maximumMessageBytes: Int

    init(
        connection: GRPCClientConnection, call: NIOLoopBoundBox<GRPCStreamCall>, eventLoop: any EventLoop,
        maximumMessageBytes: Int
    ) {
        self.connection = connection
        self.call = call
        self.eventLoop = eventLoop
        self.maximumMessageBytes = maximumMessageBytes
    }

    deinit {
        self.cancel()
    }

    /// Sends a message. If the stream is over, that shows in ``next(within:)``.
    ///
    /// - Parameter isLast: Tells the server that no more will come, which calls with one request must say.
    package func send(_ message: some Message, isLast: Bool = false) throws(GRPCStatus) {
        let bytes = try GRPCMessageCoding.frame(message, limit: self.maximumMessageBytes)
        self.eventLoop.execute { [call] in call.value.send(bytes, isLast: isLast) }
    }

    /// The messages that have come, at least one; waits for it. For one task at a time.
    ///
    /// - Throws: ``Silence`` after `timeout`; ``GRPCCallFailure`` when the stream is over, also with status OK;
    ///   `CancellationError` when the task is cancelled, which leaves the stream open.
    package func next(within timeout: TimeAmount? = nil) async throws -> [ByteBuffer] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.eventLoop.execute { [call, eventLoop] in
                    call.value.wait(continuation, timeout: timeout, eventLoop: eventLoop)
                }
                // A cancellation that came before the wait has had nobody to wake.
                if Task.isCancelled { self.eventLoop.execute { [call] in call.value.cancelWait() } }
            }
        } onCancel: {
            self.eventLoop.execute { [call] in call.value.cancelWait() }
        }
    }

    /// Resets the call. Somebody waiting for it gets status `cancelled`.
    package func cancel() {
        self.eventLoop.execute { [call] in
            call.value.end(GRPCCallFailure(.cancelled, "the call was cancelled here", reach: .sent))
        }
    }
}
