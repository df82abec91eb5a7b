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
    /// Whether anything has come since the last ping.
    var hasHeard = false
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
        guard self.keepalive.isAwaitingPong else { return }
        self.keepalive.isAwaitingPong = false
        self.schedulePing()
    }

    func stopKeepalive() {
        self.keepalive.timer?.cancel()
        self.keepalive.timer = nil
    }

    /// A ping after which nothing comes ends the connection. Anything will do: on a slow line the answer may be behind much
    /// else.
    private func sendPing() {
        self.keepalive.isAwaitingPong = true
        self.keepalive.hasHeard = false
        self.keepalive.lastPing = .now()
        self.output.bytes.writePing(0, isAcknowledgement: false)
        self.flushSoon()
        self.schedule(in: self.options.pingTimeout) { connection in
            if connection.keepalive.hasHeard { return connection.pongCame() }
            connection.fail(HTTP2ClientKeepalive.Failure("the server does not answer pings"))
        }
    }

    private func schedule(in delay: TimeAmount, _ body: @escaping @Sendable (HTTP2ClientConnection) -> Void) {
        guard let context = self.context else { return }
        self.keepalive.timer?.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        self.keepalive.timer = context.eventLoop.scheduleTask(in: delay) { body(bound.value) }
    }
}
