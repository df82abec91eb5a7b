import NIOCore

/// One unary call of a client. Resumes its continuation exactly once.
///
/// The connection's event loop is its lock.
final class GRPCUnaryCall: GRPCClientCall {
    typealias Waiter = CheckedContinuation<ByteBuffer, any Error>

    private var waiter: Waiter?
    private var answer: ByteBuffer?

    init(_ head: GRPCRequestHead, request: ByteBuffer, deadline: NIODeadline, maximumMessageBytes: Int) {
        super.init(
            head, request: request, isRequestWhole: true, deadline: deadline, maximumMessageBytes: maximumMessageBytes)
    }

    func start(on connection: HTTP2ClientConnection, _ waiter: Waiter) {
        // A cancellation may have come first.
        if let failure = self.failure { return waiter.resume(throwing: failure) }
        self.waiter = waiter
        self.start(on: connection)
    }

    /// The call cannot even begin.
    func refuse(_ failure: GRPCCallFailure, _ waiter: Waiter) {
        self.waiter = waiter
        if let failure = self.failure { self.ended(failure) } else { self.end(failure) }
    }

    override func received(_ messages: [ByteBuffer]) throws(GRPCStatus) -> Bool {
        guard self.answer == nil, messages.count == 1 else {
            throw GRPCStatus(.internalError, "a unary call was answered with more than one message")
        }
        self.answer = messages.first
        return false
    }

    override func ended(_ failure: any Error) {
        guard let waiter = self.waiter else { return }
        self.waiter = nil
        guard let failure = failure as? GRPCCallFailure, failure.status.code == .ok else {
            return waiter.resume(throwing: failure)
        }
        if let answer = self.answer {
            waiter.resume(returning: answer)
        } else {
            waiter.resume(
                throwing: GRPCCallFailure(
                    .internalError, "a unary call was answered without a message", reach: .answered))
        }
    }
}
