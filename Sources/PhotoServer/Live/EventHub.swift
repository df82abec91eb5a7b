import Foundation
import ServiceLifecycle
import Synchronization

/// One event for browsers: a name and a JSON text.
struct ServerEvent: Sendable, Equatable {
    let name: String
    let json: String

    init(_ name: String, json: String) {
        self.name = name
        self.json = json
    }

    init(_ name: String, _ value: some Encodable) throws {
        self.init(name, json: String(decoding: try JSONEncoder.api.encode(value), as: UTF8.self))
    }

    /// An event that only says "look again".
    init(_ name: String) {
        self.init(name, json: "{}")
    }

    /// As it goes over the wire (WHATWG HTML, section 9.2). JSON has no line breaks in it, so one `data` line does.
    var wire: String { "event: \(self.name)\ndata: \(self.json)\n\n" }

    /// The same with its place, to which a browser that was cut off comes back.
    func wire(at cursor: EventCursor) -> String { "id: \(cursor.text)\n\(self.wire)" }
}

/// A place in the events of one process.
struct EventCursor: Sendable, Equatable {
    /// Drawn at the start: another process's numbers mean nothing here.
    let process: String
    let number: UInt64

    var text: String { "\(self.process)-\(self.number)" }

    init(process: String, number: UInt64) {
        self.process = process
        self.number = number
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= 16, let number = UInt64(parts[1]) else { return nil }
        self.init(process: String(parts[0]), number: number)
    }
}

/// What there is to tell a follower.
struct EventBatch: Sendable {
    /// What a subject's newest event is about.
    enum Item: Sendable, Equatable {
        case event(ServerEvent)
        /// A display changed: how it looks is asked for when it is told, so that the newest is told.
        case display(String)
    }

    /// So much was missed that everything has to be told anew.
    var needsSnapshot: Bool
    var items: [Item]
    /// Where it ends.
    var cursor: EventCursor
}

/// Tells every browser that follows what changed. Of each subject only the newest event is kept, numbered, so that who was
/// asleep, cut off or slow is told once what became of everything, and costs nothing meanwhile.
final class EventHub: Service {
    private struct State {
        var log = EventLog()
        var bells: [UInt64: Bell] = [:]
        var nextID: UInt64 = 0
    }

    private struct Bell {
        let ringer: AsyncStream<Void>.Continuation
        /// Nil for one that hears of everything.
        let display: String?
    }

    let process = String(UInt64.random(in: .min ... .max), radix: 36)
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
                for bell in self.state.withLock({ Array($0.bells.values) }) { bell.ringer.yield() }
            }
        }
    }

    /// How many follow now.
    var subscriberCount: Int { self.state.withLock { $0.bells.count } }

    /// The place behind everything posted so far.
    var cursor: EventCursor { self.state.withLock { EventCursor(process: self.process, number: $0.log.number) } }

    /// Tells all about a subject, in place of what was told about it before.
    func post(_ event: ServerEvent, subject: String) {
        self.post(.event(event), subject: subject, display: nil)
    }

    /// A display looks different.
    func postDisplay(_ id: String) {
        self.post(.display(id), subject: "display:" + id, display: id)
    }

    private func post(_ item: EventBatch.Item, subject: String, display: String?) {
        let bells = self.state.withLock { state in
            state.log.append(item, subject: subject)
            return state.bells.values.filter { $0.display == nil || display == nil || $0.display == display }
        }
        for bell in bells { bell.ringer.yield() }
    }

    /// What was posted after `cursor`, or that everything has to be told: to who has none, or one of another process, or
    /// one that is too old.
    func events(after cursor: EventCursor?) -> EventBatch {
        self.state.withLock { state in
            let end = EventCursor(process: self.process, number: state.log.number)
            guard let cursor, cursor.process == self.process, let items = state.log.items(after: cursor.number) else {
                return EventBatch(needsSnapshot: true, items: [], cursor: end)
            }
            return EventBatch(needsSnapshot: false, items: items, cursor: end)
        }
    }

    /// Lends a bell that rings when there is something new, and with each heartbeat, for as long as `body` runs.
    ///
    /// - Parameter display: Ring for this one and not for the other displays.
    func withBell<Value>(
        display: String? = nil, _ body: (AsyncStream<Void>) async throws -> Value
    ) async throws -> Value {
        let (bell, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = try self.state.withLock { state in
            guard state.bells.count < self.capacity else {
                throw Problem.tooManyRequests(
                    "too-many-followers", "Too many pages follow this server.", retryAfter: .seconds(10))
            }
            state.nextID += 1
            state.bells[state.nextID] = Bell(ringer: ringer, display: display)
            return state.nextID
        }
        defer { self.state.withLock { _ = $0.bells.removeValue(forKey: id) } }
        return try await body(bell)
    }
}

/// The newest event of each subject, in the order in which they were posted. Pure.
struct EventLog {
    /// Subjects that are kept. Who comes back to a place before the ones that had to go is told everything.
    private let capacity: Int
    private var numbers: [String: UInt64] = [:]
    /// Ascending. Events that were replaced stay until half of all are.
    private var entries: [(number: UInt64, subject: String, item: EventBatch.Item)] = []
    private var forgotten: UInt64 = 0
    private(set) var number: UInt64 = 0

    init(capacity: Int = 16_384) { self.capacity = capacity }

    mutating func append(_ item: EventBatch.Item, subject: String) {
        self.number += 1
        self.numbers[subject] = self.number
        self.entries.append((self.number, subject, item))
        guard self.entries.count > 2 * self.numbers.count + 64 || self.numbers.count > self.capacity else { return }
        self.entries.removeAll { self.numbers[$0.subject] != $0.number }
        // A quarter at once, so that this is not done for every event.
        guard self.numbers.count > self.capacity else { return }
        for entry in self.entries.prefix(self.capacity / 4) { self.numbers[entry.subject] = nil }
        self.forgotten = self.entries[self.capacity / 4 - 1].number
        self.entries.removeFirst(self.capacity / 4)
    }

    /// Each subject's newest event if it came after `number`; nil when some are not known any more.
    func items(after number: UInt64) -> [EventBatch.Item]? {
        guard number >= self.forgotten, number <= self.number else { return nil }
        var low = 0
        var high = self.entries.count
        while low < high {
            let middle = (low + high) / 2
            if self.entries[middle].number <= number { low = middle + 1 } else { high = middle }
        }
        return self.entries[low...].filter { self.numbers[$0.subject] == $0.number }.map(\.item)
    }
}
