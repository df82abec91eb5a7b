import NIOCore

/// One streaming call of a client. Messages wait here until somebody asks for them; the stream's window bounds how many.
///
/// The connection's event loop is its lock.
final class GRPCStreamCall: GRPCClientCall {
    typealias Waiter = CheckedContinuation<[ByteBuffer], any Error>

    private var inbox: [ByteBuffer] = []
    private var waiter: Waiter?
    private var waitTimer: Scheduled<Void>?

    init(_ head: GRPCRequestHead, maximumMessageBytes: Int) {
        super.init(
            head, request: ByteBuffer(), isRequestWhole: false, deadline: .distantFuture,
            maximumMessageBytes: maximumMessageBytes)
    }

    func wait(_ waiter: Waiter, timeout: TimeAmount?, eventLoop: any EventLoop) {
        guard self.waiter == nil else {
            return waiter.resume(
                throwing: GRPCCallFailure(.internalError, "two tasks wait for one stream", reach: .sent))
        }
        if !self.inbox.isEmpty {
            waiter.resume(returning: self.inbox)
            self.inbox = []
            return
        }
        if let failure = self.failure { return waiter.resume(throwing: failure) }
        self.waiter = waiter
        if let timeout {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            self.waitTimer = eventLoop.scheduleTask(in: timeout) {
                bound.value.takeWaiter()?.resume(throwing: GRPCClientStream.Silence())
            }
        }
        self.giveRoom()
    }

    func cancelWait() {
        self.takeWaiter()?.resume(throwing: CancellationError())
    }

    override var wantsMessages: Bool { self.waiter != nil }

    override func received(_ messages: [ByteBuffer]) -> Bool {
        self.inbox += messages
        return self.waiter != nil
    }

    /// All that came in one read is handed over at once.
    override func readEnded() {
        guard !self.inbox.isEmpty, let waiter = self.takeWaiter() else { return }
        waiter.resume(returning: self.inbox)
        self.inbox = []
    }

    override func ended(_ failure: any Error) {
        // What came before the end is taken first.
        if self.inbox.isEmpty { self.takeWaiter()?.resume(throwing: failure) } else { self.readEnded() }
    }

    private func takeWaiter() -> Waiter? {
        self.waitTimer?.cancel()
        self.waitTimer = nil
        defer { self.waiter = nil }
        return self.waiter
    }
}
