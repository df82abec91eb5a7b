import NIOCore
import NIOHPACK
import NIOHTTP2

/// One unary call of a client: the handler of its HTTP/2 stream. Resumes its continuation exactly once.
///
/// The connection's event loop is its lock.
final class GRPCUnaryCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        case idle
        case running(CheckedContinuation<ByteBuffer, any Error>)
        case finished
    }

    private let headers: HPACKHeaders
    private let request: ByteBuffer
    private let deadline: NIODeadline
    private var state = State.idle
    private var reader: GRPCResponseReader
    private var answer: ByteBuffer?
    private var context: ChannelHandlerContext?
    private var deadlineTimer: Scheduled<Void>?
    private var wasSent = false

    init(headers: HPACKHeaders, request: ByteBuffer, deadline: NIODeadline, maximumMessageBytes: Int) {
        self.headers = headers
        self.request = request
        self.deadline = deadline
        self.reader = GRPCResponseReader(maximumMessageBytes: maximumMessageBytes)
    }

    func start(
        on multiplexer: NIOHTTP2Handler.StreamMultiplexer, eventLoop: any EventLoop,
        _ continuation: CheckedContinuation<ByteBuffer, any Error>
    ) {
        guard case .idle = self.state else { return continuation.resume(throwing: CancellationError()) }
        self.state = .running(continuation)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        self.deadlineTimer = eventLoop.scheduleTask(deadline: self.deadline) { bound.value.expire() }
        let created = eventLoop.makePromise(of: (any Channel).self)
        created.futureResult.whenFailure { bound.value.fail(streamError: $0) }
        multiplexer.createStreamChannel(promise: created) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(bound.value)
            }
        }
    }

    /// The caller does not wait any longer.
    func cancel() {
        self.finish(.failure(CancellationError()))
    }

    /// The call cannot even begin.
    func refuse(_ failure: GRPCCallFailure, _ continuation: CheckedContinuation<ByteBuffer, any Error>) {
        self.state = .finished
        continuation.resume(throwing: failure)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard case .running = self.state else { return context.close(promise: nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.whenFailure { bound.value.fail(streamError: $0) }
        context.write(self.wrapOutboundOut(.headers(.init(headers: self.headers))), promise: sent)
        let data = HTTP2Frame.FramePayload.Data(data: .byteBuffer(self.request), endStream: true)
        self.wasSent = true
        context.writeAndFlush(self.wrapOutboundOut(.data(data)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(GRPCStatus) {
            switch try self.reader.read(self.unwrapInboundIn(data)) {
            case .messages(let messages):
                guard self.answer == nil, messages.count == 1 else {
                    throw GRPCStatus(.internalError, "a unary call was answered with more than one message")
                }
                self.answer = messages.first
            case .ended(let status):
                if status.code == .ok, let answer = self.answer {
                    self.finish(.success(answer))
                } else if status.code == .ok {
                    throw GRPCStatus(.internalError, "a unary call was answered without a message")
                } else {
                    self.finish(.failure(GRPCCallFailure(status, reach: .answered)))
                }
            case nil:
                break
            }
        } catch {
            self.finish(
                .failure(GRPCCallFailure(error, reach: self.reader.hasRefusedMessage ? .refusedHere : .answered)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(streamError: error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(
            .failure(
                GRPCCallFailure(
                    .unavailable, "the connection was lost before the answer", reach: self.wasSent ? .sent : .notSent)))
    }

    private func expire() {
        self.finish(
            .failure(
                GRPCCallFailure(
                    .deadlineExceeded, "no answer in time", reach: self.wasSent ? .sent : .notSent)))
    }

    private func fail(streamError error: any Error) {
        self.finish(.failure(GRPCCallFailure(streamError: error, wasSent: self.wasSent)))
    }

    private func finish(_ result: Result<ByteBuffer, any Error>) {
        let previous = self.state
        self.state = .finished
        self.deadlineTimer?.cancel()
        self.deadlineTimer = nil
        guard case .running(let continuation) = previous else { return }
        continuation.resume(with: result)
        // A stream that is still open is reset, so that the server stops working for nobody.
        if case .failure = result { self.context?.close(promise: nil) }
    }
}
