import DisplayChannel
import Foundation
import Logging
import PhotoLibrary
import Renditions
import ServiceLifecycle
import Synchronization

/// Keeps the mediator equal to the database.
///
/// The database is the truth: a change commits there together with a mark that the display is unpublished. This
/// service puts what differs and then takes the mark away. Nothing is lost when the process dies in between, when the
/// mediator is away for a while, comes back empty, as it was long ago, or as another one, or when somebody changes the
/// keys by hand: it watches them, and compares everything at the start, whenever the mediator is heard again, after every
/// failure, and every five minutes.
package final class Publisher: Service {
    /// How long to wait, and how much to do at once.
    package struct Limits: Sendable {
        /// Time between two full comparisons.
        package var comparesEvery: Duration = .seconds(300)
        /// First pause after a failure; it doubles each time.
        package var firstPause: Duration = .milliseconds(50)
        /// Longest pause between two tries.
        package var longestPause: Duration = .seconds(2)
        /// Transactions under way at one time.
        package var atOnce = 64
        /// Displays looked up at one time, and different playlists among them: an album may have 100,000 photos.
        package var displaysAtOnce = 1_000
        package var playlistsAtOnce = 4
        /// How often the keys of one display are put right, when somebody else keeps changing them.
        package var rightsEvery: Duration = .seconds(1)
        /// Tries when somebody else writes the same keys at the same moment.
        package var contentionTries = 5

        package init() {}
    }

    /// What the mediator holds for a display, told each time that is certain.
    struct Published: Sendable {
        let display: String
        /// The newest revision of its state.
        let revision: Int64
        /// When it was begun to be put; nil when it was there already.
        let putAt: Date?
    }

    private let library: PhotoLibrary
    private let store: DisplayStateStore
    private let mirror: StateMirror
    private let limits: Limits
    private let onPublished: @Sendable (Published) -> Void
    private let observe: @Sendable (ServerStep) -> Void
    private let logger: Logger
    private let bell = Signal()
    /// Whether all displays are to be compared, and not only the marked ones.
    private let isComparingAll = Atomic(true)
    /// When keys that somebody else had changed were put right.
    private let righted = Mutex<[DisplayID: ContinuousClock.Instant]>([:])

    init(
        library: PhotoLibrary, store: DisplayStateStore, limits: Limits = Limits(),
        observe: @escaping @Sendable (ServerStep) -> Void = { _ in }, logger: Logger,
        onPublished: @escaping @Sendable (Published) -> Void
    ) {
        self.library = library
        self.store = store
        self.mirror = StateMirror(client: store.client, logger: logger, bell: self.bell)
        self.limits = limits
        self.observe = observe
        self.logger = logger
        self.onPublished = onPublished
    }

    /// Publishes until its task is cancelled or the service stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.follow()
        }
    }

    private func follow() async {
        // Subscribed before the first look, so that no change falls between the two.
        let changes = self.library.changes()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in changes where change.publishing { self.bell.raise() }
            }
            group.addTask {
                // Sleeping throws only when cancelled.
                while (try? await Task.sleep(for: self.limits.comparesEvery)) != nil { self.compareAll() }
            }
            group.addTask { await self.mirror.run() }
            // What is there already need not be put, so the mirror's first look is worth a moment.
            await self.bell.wait(within: .seconds(1))
            while !Task.isCancelled {
                await self.converge()
                if self.mirror.hasTouched {
                    await self.bell.wait(within: self.limits.rightsEvery)
                } else {
                    await self.bell.wait()
                }
            }
            group.cancelAll()
        }
    }

    private func compareAll() {
        self.isComparingAll.store(true, ordering: .relaxed)
        self.bell.raise()
    }

    /// Tries until everything is published, or the task is cancelled.
    private func converge() async {
        var pause = self.limits.firstPause
        var isWaiting = false
        while !Task.isCancelled {
            do {
                try await self.publish()
                if isWaiting { self.logger.notice("mediator is back; everything is published") }
                return
            } catch  where Task.isCancelled {
                return
            } catch {
                if !isWaiting {
                    self.logger.warning("publishing waits for the mediator", metadata: ["error": "\(error)"])
                }
                isWaiting = true
                self.isComparingAll.store(true, ordering: .relaxed)
                // The mirror knows first when the mediator is back.
                await self.bell.wait(within: pause * Double.random(in: 0.5...1))
                pause = min(pause * 2, self.limits.longestPause)
            }
        }
    }

    /// One pass over the displays that need it.
    private func publish() async throws {
        let news = self.mirror.takeNews()
        let isComparingAll = self.isComparingAll.exchange(false, ordering: .relaxed) || news.isRenewed
        try await self.retire(isComparingAll: isComparingAll)
        var displays: [DisplayRecord]
        if isComparingAll {
            displays = try await self.library.displays()
        } else {
            displays = try await self.library.displaysToPublish()
            for id in self.due(news.touched) where !displays.contains(where: { $0.id == id.text }) {
                self.logger.notice("somebody else changed a display's keys", metadata: ["display": "\(id)"])
                if let display = try await self.library.display(id.text) { displays.append(display) }
            }
        }
        try await self.publish(displays)
    }

    /// Those that were not put right a moment ago; the others have to wait, so that two servers with one mediator do not
    /// drive each other round.
    private func due(_ touched: Set<DisplayID>) -> Set<DisplayID> {
        let now = ContinuousClock.now
        let due = self.righted.withLock { righted in
            righted = righted.filter { now - $0.value < self.limits.rightsEvery }
            let due = touched.filter { righted[$0] == nil }
            for id in due { righted[id] = now }
            return due
        }
        self.mirror.postpone(touched.subtracting(due))
        return due
    }

    /// Deletes what is left of removed displays; a store that was set back may have it again.
    private func retire(isComparingAll: Bool) async throws {
        let removed = try await self.library.displaysToRetire()
        for id in removed {
            if let display = DisplayID(id) {
                try await self.store.deleteAll(of: display)
                self.mirror.forget(display)
            }
            try await self.library.forgetRetired(id)
        }
        guard isComparingAll else { return }
        for id in try await self.library.removedDisplays(among: self.mirror.displays.map(\.text)) {
            guard let display = DisplayID(id) else { continue }
            try await self.store.deleteAll(of: display)
            self.mirror.forget(display)
        }
    }

    private func publish(_ displays: [DisplayRecord]) async throws {
        var held: [String: Int64] = [:]
        var others: [DisplayRecord] = []
        for display in displays {
            guard let id = DisplayID(display.id) else { continue }
            if let revision = self.mirror.revision(of: id, ifHolding: display.generation) {
                if display.needsPublishing { held[display.id] = display.generation }
                self.onPublished(Published(display: display.id, revision: revision, putAt: nil))
            } else {
                others.append(display)
            }
        }
        if !held.isEmpty { try await self.library.markPublished(held) }
        for batch in PublishingBatches(
            others, displays: self.limits.displaysAtOnce, playlists: self.limits.playlistsAtOnce)
        {
            try await self.publish(batch: batch)
        }
    }

    private func publish(batch ids: [String]) async throws {
        // Record and playlist as of one moment; removed meanwhile means nothing to do here.
        let publications = try await self.library.publications(for: ids)
        self.observe(.publishRead)
        var lists: [String: DesiredState.Lists] = [:]
        for publication in publications where lists[publication.playlist.sha256] == nil {
            lists[publication.playlist.sha256] = DesiredState.Lists(publication.playlist)
        }
        var done: [String: Int64] = [:]
        var failure: (any Error)?
        await withTaskGroup(of: Outcome.self) { [lists] group in
            for (index, publication) in publications.enumerated() {
                guard let lists = lists[publication.playlist.sha256] else { continue }
                if index >= self.limits.atOnce, let outcome = await group.next() {
                    Self.note(outcome, &done, &failure)
                    // One failure tells enough of the mediator; what is under way may end.
                    if failure != nil { break }
                }
                group.addTask { await self.outcome(of: publication, lists) }
            }
            for await outcome in group { Self.note(outcome, &done, &failure) }
        }
        if !done.isEmpty { try await self.library.markPublished(done) }
        self.observe(.publishMarked)
        if let failure { throw failure }
    }

    /// What became of one display's publication. A class, and no tuple: built for release by Swift 6.3.1, the group crashed as
    /// it took a child task's tuple (`scripts/check-run` showed it).
    private final class Outcome: Sendable {
        let id: String
        let generation: Int64?
        let failure: (any Error)?

        init(id: String, generation: Int64? = nil, failure: (any Error)? = nil) {
            self.id = id
            self.generation = generation
            self.failure = failure
        }
    }

    private func outcome(of publication: Publication, _ lists: DesiredState.Lists) async -> Outcome {
        do {
            let generation = try await self.publish(publication, lists)
            return Outcome(id: publication.display.id, generation: generation)
        } catch {
            return Outcome(id: publication.display.id, failure: error)
        }
    }

    private static func note(_ outcome: Outcome, _ done: inout [String: Int64], _ failure: inout (any Error)?) {
        if let generation = outcome.generation { done[outcome.id] = generation }
        failure = failure ?? outcome.failure
    }

    /// Puts what differs for one display, and returns the generation that the mediator holds then.
    private func publish(_ publication: Publication, _ lists: DesiredState.Lists) async throws -> Int64 {
        let display = publication.display
        guard let id = DisplayID(display.id) else { return display.generation }
        let desired = DesiredState.topics(display: display, group: publication.group, lists: lists)
        let digests = desired.mapValues { ValueDigest($0) }
        self.mirror.want(digests, generation: display.generation, of: id)
        for _ in 0..<self.limits.contentionTries {
            let state = self.mirror.state(of: id)
            let difference = StateDifference(desired: digests, present: state)
            guard !difference.isEmpty else {
                self.onPublished(Published(display: display.id, revision: state.revision, putAt: nil))
                return display.generation
            }
            let begun = Date()
            let puts = desired.filter { difference.topics.contains($0.key) }
            guard let revision = try await self.store.put(puts, of: id, over: state) else {
                // Another writer was faster, or the mirror is behind.
                self.mirror.learned(all: try await self.store.state(of: id), of: id)
                continue
            }
            self.mirror.learned(
                puts.keys.reduce(into: [:]) { entries, topic in
                    entries[topic] = digests[topic].map { .init(digest: $0, modRevision: revision) }
                }, of: id)
            self.logger.debug(
                "published",
                metadata: ["display": "\(display.id)", "revision": "\(revision)", "topics": "\(puts.count)"])
            self.observe(.publishPut)
            self.onPublished(Published(display: display.id, revision: revision, putAt: begun))
            self.observe(.publishTold)
            return display.generation
        }
        throw PublisherContention(display: display.id)
    }
}

/// Displays to publish, cut into batches that fit in memory: those that share a playlist come together.
struct PublishingBatches: Sequence {
    private let displays: [DisplayRecord]
    private let limit: (displays: Int, playlists: Int)

    init(_ displays: [DisplayRecord], displays displayLimit: Int, playlists playlistLimit: Int) {
        self.displays = displays.sorted { Self.playlist(of: $0).lexicographicallyPrecedes(Self.playlist(of: $1)) }
        self.limit = (displayLimit, playlistLimit)
    }

    /// Ids of each batch.
    func makeIterator() -> AnyIterator<[String]> {
        var rest = self.displays[...]
        return AnyIterator {
            var playlists = 0
            var last: [Int]?
            let batch = rest.prefix(self.limit.displays).prefix { display in
                let playlist = Self.playlist(of: display)
                if playlist != last { playlists += 1 }
                last = playlist
                return playlists <= self.limit.playlists
            }
            rest = rest.dropFirst(batch.count)
            return batch.isEmpty ? nil : batch.map(\.id)
        }
    }

    private static func playlist(of display: DisplayRecord) -> [Int] {
        let recipe = display.recipe
        return [Int(display.shownAlbumID?.rawValue ?? 0), recipe.width, recipe.height, recipe.mode == .cover ? 1 : 0]
    }
}

/// Somebody else kept writing a display's state keys while they were published.
struct PublisherContention: Error, CustomStringConvertible {
    let display: String

    var description: String {
        "the state keys of display \(self.display) keep changing; is another photoserver using the same mediator?"
    }
}
