import NIOCore

/// What a client knows of its server's being alive.
struct HTTP2ClientKeepalive {
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    fileprivate var timer: Scheduled<Void>?
    fileprivate var isAwaitingPong = false
    fileprivate var lastPing = NIODeadline.uptimeNanoseconds(0)
}

extension HTTP2ClientConnection {
    /// Servers drop clients that ping more often.
    private static let shortestPingInterval = TimeAmount.seconds(5)

    func awaitHandshake() {
        self.schedule(in: self.options.dialTimeout) {
            $0.fail(HTTP2ClientKeepalive.Failure("no HTTP/2 handshake in time"))
        }
    }

    /// The next ping goes out an interval after the last answer.
    func schedulePing() {
        self.schedule(in: self.options.pingInterval) { $0.sendPing() }
    }

    /// Asks for a sign of life ahead of time, if that is not too soon after the last.
    func doubt() {
        let mayPing =
            self.keepalive.lastPing + min(Self.shortestPingInterval, self.options.pingInterval) <= .now()
        if self.hasSettings, !self.keepalive.isAwaitingPong, mayPing { self.sendPing() }
    }

    func pongCame() {
        self.keepalive.isAwaitingPong = false
        self.schedulePing()
    }

    func stopKeepalive() {
        self.keepalive.timer?.cancel()
        self.keepalive.timer = nil
    }

    /// A ping without answer ends the connection.
    private func sendPing() {
        self.keepalive.isAwaitingPong = true
        self.keepalive.lastPing = .now()
        self.output.bytes.writePing(0, isAcknowledgement: false)
        self.flushSoon()
        self.schedule(in: self.options.pingTimeout) {
            $0.fail(HTTP2ClientKeepalive.Failure("the server does not answer pings"))
        }
    }

    private func schedule(in delay: TimeAmount, _ body: @escaping @Sendable (HTTP2ClientConnection) -> Void) {
        guard let context = self.context else { return }
        self.keepalive.timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.keepalive.timer = context.eventLoop.scheduleTask(in: delay) { body(bound.value) }
    }
}
