import NIOCore
import SwiftProtobuf
import Synchronization

/// The one answer to a unary call. Answer it once, from any thread; a second answer is ignored.
package final class GRPCReply: Sendable {
    private let call: NIOLoopBound<GRPCServerCall>
    private let eventLoop: any EventLoop
    private let isAnswered = Atomic(false)

    init(call: GRPCServerCall, eventLoop: any EventLoop) {
        self.call = NIOLoopBound(call, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    deinit {
        // A caller must not wait for ever because a code path forgot it.
        self.fail(GRPCStatus(.internalError, "the call was dropped without an answer"))
    }

    /// Answers with a message and status OK.
    package func succeed(_ message: some Message) {
        do {
            self.answer(.success(try GRPCMessageCoding.frame(message)))
        } catch {
            self.answer(.failure(error))
        }
    }

    /// Answers with a status other than OK.
    package func fail(_ status: GRPCStatus) {
        self.answer(.failure(status))
    }

    /// Has `work` done on the call's event loop when everything is read that has arrived there by now. It may take a
    /// moment, as the loop's connections wait meanwhile, but must not wait for another call.
    package func afterThisTurn(_ work: @escaping @Sendable () -> Void) { self.eventLoop.execute(work) }

    private func answer(_ result: Result<ByteBuffer, GRPCStatus>) {
        guard self.isAnswered.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
            return
        }
        if self.eventLoop.inEventLoop {
            self.call.value.answer(result)
        } else {
            self.eventLoop.execute { [call] in call.value.answer(result) }
        }
    }
}
