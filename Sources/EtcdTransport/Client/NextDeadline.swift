import NIOCore

/// One timer for many deadlines: it fires at the earliest.
///
/// Most calls are answered long before theirs, and a timer for each is made and cancelled for nothing.
struct NextDeadline {
    private var timer: Scheduled<Void>?
    private var deadline = NIODeadline.distantFuture

    /// Has `body` called at `deadline`, unless it is called before anyway. Whoever is called calls ``cancel()``, looks for
    /// what is due, and notes the next deadline.
    mutating func note(
        _ deadline: NIODeadline, on eventLoop: any EventLoop, _ body: @escaping @Sendable () -> Void
    ) {
        guard deadline < self.deadline else { return }
        self.timer?.cancel()
        self.deadline = deadline
        self.timer = eventLoop.scheduleTask(deadline: deadline, body)
    }

    mutating func cancel() {
        self.timer?.cancel()
        self.timer = nil
        self.deadline = .distantFuture
    }
}
