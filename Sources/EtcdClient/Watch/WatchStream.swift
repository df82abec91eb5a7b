import EtcdTransport
import EtcdWire
import Foundation
import Logging
import NIOCore

/// A watch over one server stream after the other. It has no task of its own: all work happens in ``next()``.
struct WatchStream {
    private let client: EtcdClient
    private let request: Etcdserverpb_WatchCreateRequest
    private let range: KeyRange
    private var cursor: WatchCursor
    private var stream: GRPCClientStream?
    private var openedAt = ContinuousClock.now
    private var isCreated = false {
        didSet { if self.isCreated != oldValue { self.connectionObserver?(self.isCreated) } }
    }
    private let connectionObserver: (@Sendable (Bool) -> Void)?
    private var token: String?
    /// A new token was tried since the last success.
    private var hasRefreshedToken = false
    private var messages = CircularBuffer<ByteBuffer>()
    private var backoff: ConnectBackoff

    init(
        client: EtcdClient, range: KeyRange, from: Revision?, options: WatchOptions,
        connectionObserver: (@Sendable (Bool) -> Void)?
    ) {
        self.client = client
        self.connectionObserver = connectionObserver
        self.range = range
        self.cursor = WatchCursor(from: from)
        self.backoff = ConnectBackoff(
            initial: client.configuration.initialBackoff, maximum: client.configuration.maximumBackoff)
        var request = Etcdserverpb_WatchCreateRequest()
        request.key = Data(range.start.bytes.isEmpty ? [0] : range.start.bytes)
        request.rangeEnd = Data(range.end.bytes)
        request.prevKv = options.previous
        request.fragment = true
        if options.excludesPuts { request.filters.append(.noput) }
        if options.excludesDeletes { request.filters.append(.nodelete) }
        self.request = request
    }

    /// The next batch, however many streams it takes.
    mutating func next() async throws -> WatchBatch {
        while true {
            while let message = self.messages.popFirst() {
                if let batch = try await self.handle(message) { return batch }
            }
            try Task.checkCancellation()
            guard let stream = self.stream else {
                try await self.open()
                continue
            }
            do {
                let timing = self.client.configuration.watch
                self.messages += try await stream.next(
                    within: TimeAmount(self.isCreated ? timing.silence : self.client.configuration.requestTimeout))
            } catch is GRPCClientStream.Silence {
                try await self.doubt(stream)
            } catch let failure as GRPCCallFailure {
                try await self.handle(failure, of: stream)
            }
        }
    }

    private mutating func open() async throws {
        let (stream, token) = try await self.client.openStream(.watch, deadline: .distantFuture)
        var create = self.request
        create.startRevision = self.cursor.resumeRevision?.rawValue ?? 0
        var request = Etcdserverpb_WatchRequest()
        request.createRequest = create
        try stream.send(request)
        self.stream = stream
        self.token = token
        self.openedAt = .now
        self.isCreated = false
        self.cursor.streamOpened()
    }

    private mutating func handle(_ message: ByteBuffer) async throws -> WatchBatch? {
        let response: Etcdserverpb_WatchResponse
        do {
            response = try GRPCMessageCoding.decode(from: message)
        } catch {
            throw EtcdError(.badResponse, error.message, endpoint: self.endpoint)
        }
        switch self.cursor.receive(response) {
        case .none:
            return nil
        case .created:
            self.isCreated = true
            self.hasRefreshedToken = false
            self.client.logger.debug("watch created", metadata: ["revision": "\(response.header.revision)"])
            return nil
        case .batch(let batch):
            return batch
        case .doubtfulHistory:
            try await self.checkHistory()
            self.isCreated = true
            return nil
        case .interrupted(let reason):
            try await self.reopen(because: reason)
            return nil
        case .failed(let error):
            try await self.recover(from: error)
            return nil
        }
    }

    /// A stream may end in many ways, also with status OK; a watch may not.
    private mutating func handle(_ failure: GRPCCallFailure, of stream: GRPCClientStream) async throws {
        switch failure.status.code {
        case .permissionDenied, .unauthenticated, .invalidArgument, .unimplemented, .failedPrecondition, .outOfRange:
            try await self.recover(from: EtcdError(failure, endpoint: stream.connection.endpoint, isWrite: false))
        default:
            if failure.reach == .answered { self.client.transport.avoid(stream.connection) }
            try await self.reopen(because: failure.description)
        }
    }

    /// Throws the error, unless a new token may help. Before 3.5.6 a watch with a stale token is refused as forbidden.
    private mutating func recover(from error: EtcdError) async throws {
        guard error.code.wantsNewToken || error.code == .permissionDenied, let tokens = self.client.tokens,
            !self.hasRefreshedToken
        else {
            self.stream = nil
            throw EtcdError(
                error.code, error.message, compactRevision: error.compactRevision,
                endpoint: error.endpoint ?? self.endpoint, cause: error)
        }
        self.hasRefreshedToken = true
        await tokens.invalidate(self.token)
        self.close()
    }

    private mutating func reopen(because reason: String) async throws {
        self.client.logger.debug(
            "watch interrupted",
            metadata: ["reason": "\(reason)", "resume": "\(self.cursor.resumeRevision?.rawValue ?? 0)"])
        if self.isCreated, self.openedAt.duration(to: .now) > .seconds(1) { self.backoff.reset() }
        self.close()
        var generator = SystemRandomNumberGenerator()
        try await Task.sleep(for: self.backoff.pause(using: &generator))
    }

    private mutating func close() {
        self.stream?.cancel()
        self.stream = nil
        self.isCreated = false
        self.messages.removeAll()
    }

    /// Nothing has come for a while. Asks for a sign of life, and acts on its absence.
    private mutating func doubt(_ stream: GRPCClientStream) async throws {
        guard self.isCreated else {
            stream.connection.close()
            return try await self.reopen(because: "the server did not answer to a new watch")
        }
        var request = Etcdserverpb_WatchRequest()
        request.progressRequest = Etcdserverpb_WatchProgressRequest()
        try stream.send(request)
        do {
            let timeout = self.client.configuration.watch.answerTimeout
            self.messages += try await stream.next(within: TimeAmount(timeout))
        } catch is GRPCClientStream.Silence {
            try await self.probe(stream)
        }
    }

    /// No answer on the stream. Newer servers do not answer while a watch waits for a revision that is still to come, so
    /// the connection is tried with a read. Only if the read fails, or shows that there was something to tell, is the
    /// silence held against the server.
    private mutating func probe(_ stream: GRPCClientStream) async throws {
        do {
            let revision = try await self.storeRevision(over: stream.connection)
            guard let resume = self.cursor.resumeRevision, revision < resume else {
                return try await self.reopen(because: "the watch is not answered, though the server is there")
            }
        } catch let failure as GRPCCallFailure where failure.reach != .answered {
            stream.connection.close()
            try await self.reopen(because: "the connection is dead")
        } catch is GRPCCallFailure {
            // An answer all the same, if only that this read is not allowed.
        }
    }

    private func storeRevision(over connection: GRPCClientConnection) async throws -> Revision {
        let timeout = self.client.configuration.watch.answerTimeout
        let head = GRPCRequestHead(path: Method.range.path, metadata: self.client.metadata(token: self.token))
        var options = RangeOptions()
        options.countOnly = true
        options.serializable = true
        let request = try GRPCMessageCoding.frame(Etcdserverpb_RangeRequest(self.range, options))
        let answer = try await connection.unary(head, request, deadline: .now() + TimeAmount(timeout))
        let response = try GRPCMessageCoding.decode(Etcdserverpb_RangeResponse.self, from: answer)
        return Revision(response.header.revision)
    }

    /// The member at hand knows less than was already seen. A read of the whole cluster tells a member that lags behind,
    /// which will catch up, from a store that was set back, which never will.
    private mutating func checkHistory() async throws {
        var options = RangeOptions()
        options.countOnly = true
        let present: Revision
        do {
            present = try await self.client.range(self.range, options: options).revision
        } catch let error as EtcdError where error.isTransient {
            return try await self.reopen(because: error.description)
        }
        guard let resume = self.cursor.resumeRevision, present.next < resume else { return }
        throw EtcdError(
            .historyChanged,
            "the store is at revision \(present), below revision \(resume.rawValue - 1) that it had reached before",
            endpoint: self.endpoint)
    }

    private var endpoint: String? { self.stream.map { "\($0.connection.endpoint)" } }
}
