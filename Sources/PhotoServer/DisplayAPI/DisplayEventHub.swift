import DisplayChannel
import EtcdClient
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Tells displays that follow over HTTP what changes among their keys: one watch for all of them, and no copy of any
/// value. What stands in the keys when a display connects, it reads itself; see ``DisplayEventStream``.
final class DisplayEventHub: Service {
    private struct Follower {
        weak let mailbox: DisplayMailbox?
    }

    private struct State {
        var followers: [DisplayID: [Follower]] = [:]
        var isStopped = false
        var count: Int { self.followers.values.reduce(0) { $0 + $1.count } }
    }

    /// Connections of one display: a new one comes before the old one is known to be dead, and no more than that.
    private static let perDisplay = 2

    /// For reading the keys when a display connects.
    let turns = ReadingTurns()
    private let client: EtcdClient
    private let library: PhotoLibrary
    private let capacity: Int
    private let heartbeat: Duration
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter heartbeat: How often a connection on which nothing happens is looked at.
    init(
        client: EtcdClient, library: PhotoLibrary, capacity: Int = RequestLimits.displayFollowers,
        heartbeat: Duration = .seconds(10), logger: Logger
    ) {
        self.client = client
        self.library = library
        self.capacity = capacity
        self.heartbeat = heartbeat
        self.logger = logger
    }

    /// A mailbox that gets everything from now on, for as long as it is held.
    ///
    /// - Throws: A ``Problem`` when too many follow.
    func join(_ display: DisplayID) throws -> DisplayMailbox {
        let mailbox = DisplayMailbox()
        let replaced = try self.state.withLock { state -> [DisplayMailbox] in
            guard !state.isStopped else { throw Problem.stopping }
            if state.count >= self.capacity { Self.forgetGone(&state) }
            guard state.count < self.capacity else {
                throw Problem.tooManyRequests(
                    "too-many-followers", "Too many displays follow this server.", retryAfter: .seconds(10))
            }
            var followers = state.followers[display, default: []].filter { $0.mailbox != nil }
            followers.append(Follower(mailbox: mailbox))
            let old = followers.dropLast(Self.perDisplay).compactMap(\.mailbox)
            state.followers[display] = Array(followers.suffix(Self.perDisplay))
            return old
        }
        for old in replaced { old.close() }
        return mailbox
    }

    /// How many follow now.
    var followerCount: Int {
        self.state.withLock { state in
            Self.forgetGone(&state)
            return state.count
        }
    }

    func run() async throws {
        let changes = self.library.changes()
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.watch() }
                group.addTask { await self.checkNowAndThen() }
                group.addTask {
                    // A display that was removed must be sent away at once.
                    for await change in changes {
                        for id in change.displays { self.mailboxes(of: DisplayID(id)).forEach { $0.check() } }
                    }
                }
            }
        }
        // Open streams must not keep the server from stopping.
        self.state.withLock { $0.isStopped = true }
        self.allMailboxes.forEach { $0.close() }
    }

    /// Deletions are left out: a state key that vanishes changes nothing, and a command's is its lease's end.
    private func watch() async {
        var options = WatchOptions()
        options.excludesDeletes = true
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                // The keys themselves are not read: a key that there never is has the revision in its answer.
                let from = try await self.client.range(.key(Key("/"))).revision.next
                // Whoever read before this moment may have missed something.
                self.allMailboxes.forEach { $0.startOver() }
                backoff.reset()
                for try await batch in self.client.watch(.prefix(Key("/")), from: from, options: options) {
                    for event in batch.events { self.hand(event) }
                }
            } catch is CancellationError {
                return
            } catch {
                self.logger.warning("displays over HTTP hear nothing new", metadata: ["error": "\(error)"])
            }
            // It throws only when cancelled.
            try? await Task.sleep(for: backoff.next())
        }
    }

    private func hand(_ event: WatchEvent) {
        guard let (display, topic) = DisplayKey.parse(event.keyValue.key) else { return }
        let followers = self.mailboxes(of: display)
        guard !followers.isEmpty else { return }
        let change = TopicChange(
            topic: topic, revision: event.keyValue.modRevision.rawValue, value: event.keyValue.value.bytes)
        followers.forEach { $0.put(change) }
    }

    private func checkNowAndThen() async {
        while (try? await Task.sleep(for: self.heartbeat)) != nil {
            self.state.withLock { Self.forgetGone(&$0) }
            self.allMailboxes.forEach { $0.check() }
        }
    }

    private func mailboxes(of display: DisplayID?) -> [DisplayMailbox] {
        guard let display else { return [] }
        return self.state.withLock { $0.followers[display]?.compactMap(\.mailbox) ?? [] }
    }

    private var allMailboxes: [DisplayMailbox] {
        self.state.withLock { state in state.followers.values.flatMap { $0.compactMap(\.mailbox) } }
    }

    private static func forgetGone(_ state: inout State) {
        state.followers = state.followers.compactMapValues { followers in
            let there = followers.filter { $0.mailbox != nil }
            return there.isEmpty ? nil : there
        }
    }
}
