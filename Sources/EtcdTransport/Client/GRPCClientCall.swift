import NIOCore
import NIOHPACK

/// One call of a client: a stream of an ``HTTP2ClientConnection``. What becomes of its answer is for ``GRPCUnaryCall`` and
/// ``GRPCStreamCall`` to say.
///
/// The connection's event loop is its lock.
class GRPCClientCall: HTTP2Stream {
    /// 0 until the call has begun.
    final private(set) var id: UInt32 = 0
    final var sendWindow = 0
    final var isWaitingForRoom = false
    /// When its caller stops waiting.
    final let deadline: NIODeadline
    private let head: GRPCRequestHead
    private var connection: HTTP2ClientConnection?
    private var reader: GRPCResponseReader
    private var unsent: ByteBuffer
    /// Nothing comes after `unsent`.
    private var isRequestWhole: Bool
    private var hasSentEnd = false
    private var hasServerEnded = false
    /// What the server has sent since it was last given more room.
    private var receivedBytes = 0
    /// How it ended; `nil` while it goes on.
    final private(set) var failure: (any Error)?
    /// Whether the connection will call ``readEnded()``.
    final var isToldOfReadEnd = false

    /// - Parameter request: What is to be sent at first, framed.
    init(
        _ head: GRPCRequestHead, request: ByteBuffer, isRequestWhole: Bool, deadline: NIODeadline,
        maximumMessageBytes: Int
    ) {
        self.head = head
        self.unsent = request
        self.isRequestWhole = isRequestWhole
        self.deadline = deadline
        self.reader = GRPCResponseReader(maximumMessageBytes: maximumMessageBytes)
    }

    // MARK: For the kind of call

    /// Whether it has use for more messages now. Who does not take answers is not sent more.
    var wantsMessages: Bool { true }

    /// Takes messages.
    ///
    /// - Returns: Whether ``readEnded()`` is to be called when no more come for now.
    func received(_ messages: [ByteBuffer]) throws(GRPCStatus) -> Bool { false }

    func readEnded() {}

    /// Hears once that the call is over: a ``GRPCCallFailure``, also with status OK, or what ``end(_:)`` was given.
    func ended(_ failure: any Error) {}

    // MARK: For its owner

    final func start(on connection: HTTP2ClientConnection) {
        guard self.failure == nil else { return }
        self.connection = connection
        connection.admit(self)
    }

    final func send(_ message: ByteBuffer, isLast: Bool) {
        guard self.failure == nil else { return }
        if self.unsent.readableBytes == 0 {
            self.unsent = message
        } else {
            self.unsent.writeImmutableBuffer(message)
        }
        self.isRequestWhole = isLast
        if self.id != 0 { self.sendMore() }
    }

    /// Ends it. A stream that is still open is reset, so that the server stops working for nobody.
    final func end(_ failure: any Error) {
        guard self.failure == nil else { return }
        self.failure = failure
        self.unsent = ByteBuffer()
        if self.id == 0 {
            self.connection?.removeQueued(self)
        } else if self.connection?.streams[self.id] === self {
            // One that the server has reset, or that went with its connection, is there no longer.
            if self.hasServerEnded, self.hasSentEnd {
                self.connection?.remove(self)
            } else {
                self.connection?.sendReset(self, .cancel)
            }
        }
        self.connection = nil
        self.ended(failure)
    }

    /// Lets the server send on, if there is use for it.
    final func giveRoom() {
        guard self.receivedBytes >= HTTP2Tuning.streamWindowBytes / 2, !self.hasServerEnded, self.wantsMessages else {
            return
        }
        self.connection?.sendWindowUpdate(self, increment: self.receivedBytes)
        self.receivedBytes = 0
    }

    // MARK: For the connection

    /// Takes a stream's number and window.
    final func open(_ id: UInt32, sendWindow: Int) {
        self.id = id
        self.sendWindow = sendWindow
    }

    /// Sends what there is to send on its stream.
    final func begin(on connection: HTTP2ClientConnection) {
        let timeout = self.deadline == .distantFuture ? nil : self.deadline - .now()
        connection.sendHeaders(of: self, self.head, timeout: timeout)
        self.sendMore()
    }

    final var hasOutput: Bool { self.unsent.readableBytes > 0 }

    final func sendMore() {
        guard let connection = self.connection, self.unsent.readableBytes > 0 else { return }
        connection.sendData(&self.unsent, on: self, endsStream: self.isRequestWhole)
        if self.unsent.readableBytes == 0 {
            self.unsent = ByteBuffer()
            self.hasSentEnd = self.isRequestWhole
        }
    }

    final func take(_ headers: HPACKHeaders, endsStream: Bool) {
        self.hasServerEnded = endsStream
        self.read { reader throws(GRPCStatus) in try reader.read(headers, isLast: endsStream) }
    }

    /// Takes the payload of a DATA frame; `frameBytes` is its size with padding.
    final func take(_ payload: ByteBuffer, frameBytes: Int, endsStream: Bool) {
        self.receivedBytes += frameBytes
        guard self.receivedBytes <= HTTP2Tuning.streamWindowBytes else {
            return self.fail(.internalError, "the server sent more than the stream's window", .answered)
        }
        self.hasServerEnded = endsStream
        self.read { reader throws(GRPCStatus) in try reader.read(payload, isLast: endsStream) }
        self.giveRoom()
    }

    private func read(
        _ read: (inout GRPCResponseReader) throws(GRPCStatus) -> GRPCResponseReader.Event?
    ) {
        do throws(GRPCStatus) {
            switch try read(&self.reader) {
            case .messages(let messages):
                if try self.received(messages) { self.connection?.tellReadEnd(to: self) }
            case .ended(let status): self.end(GRPCCallFailure(status, reach: .answered))
            case nil: break
            }
        } catch {
            self.end(GRPCCallFailure(error, reach: self.reader.hasRefusedMessage ? .refusedHere : .answered))
        }
    }

    /// The server has reset the stream.
    final func wasReset(_ code: UInt32) {
        switch HTTP2Wire.ErrorCode(rawValue: code) {
        case .refusedStream:
            self.wasRefused()
        case .enhanceYourCalm:
            self.fail(.resourceExhausted, "the server asked to slow down", .sent)
        case .cancel:
            self.fail(.cancelled, "the server reset the call", .sent)
        case let known:
            self.fail(.unavailable, "the server reset the call: \(known.map { "\($0)" } ?? "code \(code)")", .sent)
        }
    }

    /// The server says that it did not look at the call, or went away before it.
    final func wasRefused() {
        self.fail(.unavailable, "the server refused the call", .notSent)
    }

    final func breakOff() {
        self.fail(.unavailable, "the stream was broken off", .sent)
    }

    final func connectionLost(_ reason: String) {
        self.fail(.unavailable, reason, self.id == 0 ? .notSent : .sent)
    }

    final func expire() {
        self.fail(.deadlineExceeded, "no answer in time", self.id == 0 ? .notSent : .sent)
    }

    private func fail(_ code: GRPCStatus.Code, _ message: String, _ reach: GRPCCallFailure.Reach) {
        self.end(GRPCCallFailure(code, message, reach: reach))
    }
}
