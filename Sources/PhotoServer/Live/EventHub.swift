import Foundation
import ServiceLifecycle
import Synchronization

/// One event for browsers: a name and a JSON text.
struct ServerEvent: Sendable, Equatable {
    let name: String
    let json: String

    init(_ name: String, _ value: some Encodable) throws {
        self.name = name
        self.json = String(decoding: try JSONEncoder.api.encode(value), as: UTF8.self)
    }

    /// An event that only says "look again".
    init(_ name: String) {
        self.name = name
        self.json = "{}"
    }

    /// As it goes over the wire (WHATWG HTML, section 9.2). JSON has no line breaks in it, so one `data` line does.
    var wire: String { "event: \(self.name)\ndata: \(self.json)\n\n" }
}

/// Hands events to every browser that follows. Each has a mailbox in which only the newest event of a subject is kept,
/// so that a slow one costs a bounded amount and still ends up with the newest state.
final class EventHub: Service {
    private struct State {
        var mailboxes: [UInt64: EventMailbox] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let heartbeat: Duration

    init(capacity: Int = RequestLimits.eventSubscribers, heartbeat: Duration = .seconds(15)) {
        self.capacity = capacity
        self.heartbeat = heartbeat
    }

    /// Wakes every follower now and then, so that a connection that died without a word is noticed.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: self.heartbeat)) != nil {
                for mailbox in self.mailboxes { mailbox.ring() }
            }
        }
    }

    /// How many follow now.
    var subscriberCount: Int { self.state.withLock { $0.mailboxes.count } }

    /// Tells all about a subject; an event on the same subject that somebody has not read yet is replaced.
    func post(_ event: ServerEvent, subject: String) {
        for mailbox in self.mailboxes { mailbox.put(event, subject: subject) }
    }

    /// Lends a mailbox for as long as `body` runs.
    func withMailbox<Value>(_ body: (EventMailbox) async throws -> Value) async throws -> Value {
        let (id, mailbox) = try self.state.withLock { state in
            guard state.mailboxes.count < self.capacity else {
                throw Problem.tooManyRequests(
                    "too-many-followers", "Too many pages follow this server.", retryAfter: .seconds(10))
            }
            let mailbox = EventMailbox()
            state.nextID += 1
            state.mailboxes[state.nextID] = mailbox
            return (state.nextID, mailbox)
        }
        defer { self.state.withLock { _ = $0.mailboxes.removeValue(forKey: id) } }
        return try await body(mailbox)
    }

    private var mailboxes: [EventMailbox] { self.state.withLock { Array($0.mailboxes.values) } }
}

/// What one browser has not read yet.
final class EventMailbox: Sendable {
    /// Subjects kept before the whole is replaced by a new snapshot.
    static let capacity = 4096

    /// What there is to send.
    struct Content {
        var events: [ServerEvent] = []
        /// Too much came at once: send everything anew instead.
        var isOverflowed = false
    }

    private struct State {
        var order: [String] = []
        var events: [String: ServerEvent] = [:]
        var isOverflowed = false
    }

    /// Rings when there is something, and with each heartbeat.
    let bell: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    init() {
        (self.bell, self.ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func put(_ event: ServerEvent, subject: String) {
        self.state.withLock { state in
            guard !state.isOverflowed else { return }
            if state.events.updateValue(event, forKey: subject) == nil {
                state.order.append(subject)
            }
            if state.order.count > Self.capacity {
                state = State(isOverflowed: true)
            }
        }
        self.ringer.yield()
    }

    func ring() { self.ringer.yield() }

    /// Takes everything there is.
    func take() -> Content {
        self.state.withLock { state in
            defer { state = State() }
            return Content(events: state.order.compactMap { state.events[$0] }, isOverflowed: state.isOverflowed)
        }
    }
}
