import DisplayChannel
import Foundation
import Logging
import PhotoLibrary
import ServiceLifecycle

/// Keeps the mediator equal to the database.
///
/// The database is the truth: a change commits there together with a mark that the display is unpublished. This
/// service puts what differs and then takes the mark away. Nothing is lost when the process dies in between, when the
/// mediator is away for a while, or when somebody changes the keys by hand: it compares everything at the start,
/// after every failure, and every five minutes.
package final class Publisher: Service {
    /// How long to wait, and how much to do at once.
    package struct Limits: Sendable {
        /// Time between two full comparisons.
        package var comparesEvery: Duration = .seconds(300)
        /// First pause after a failure; it doubles each time.
        package var firstPause: Duration = .milliseconds(50)
        /// Longest pause between two tries.
        package var longestPause: Duration = .seconds(2)
        /// Displays published at one time.
        package var atOnce = 8
        /// Tries when somebody else writes the same keys at the same moment.
        package var contentionTries = 5

        package init() {}
    }

    private let library: PhotoLibrary
    private let store: DisplayStateStore
    private let limits: Limits
    private let onPublished: @Sendable (Published) -> Void
    private let observe: @Sendable (Step) -> Void
    private let logger: Logger

    /// The steps of publishing a display, in order. A crash behind any of them costs nothing: the mark that it is
    /// unpublished goes last.
    enum Step: String, CaseIterable, Sendable, Codable {
        /// Record and playlist were read, and the playlist can be fetched.
        case prepared
        /// The mediator holds them.
        case put
        /// The database knows that it does.
        case marked
    }

    /// What the mediator holds for a display, told each time that is certain.
    struct Published: Sendable {
        let display: String
        /// The newest revision of its state.
        let revision: Int64
        /// When it was begun to be put; nil when it was there already.
        let putAt: Date?
    }

    init(
        library: PhotoLibrary, store: DisplayStateStore, limits: Limits = Limits(), logger: Logger,
        observing observe: @escaping @Sendable (Step) -> Void = { _ in },
        onPublished: @escaping @Sendable (Published) -> Void
    ) {
        self.library = library
        self.store = store
        self.limits = limits
        self.logger = logger
        self.onPublished = onPublished
        self.observe = observe
    }

    /// Publishes until its task is cancelled or the service stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.follow()
        }
    }

    private enum Signal { case changed, compare }

    private func follow() async {
        // Subscribed before the first comparison, so that no change falls between the two.
        let changes = self.library.changes()
        let (signals, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(2))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in changes where change.publishing { continuation.yield(.changed) }
            }
            group.addTask {
                // Sleeping throws only when cancelled.
                while (try? await Task.sleep(for: self.limits.comparesEvery)) != nil { continuation.yield(.compare) }
            }
            await self.converge(everything: true)
            for await signal in signals {
                await self.converge(everything: signal == .compare)
            }
            group.cancelAll()
        }
    }

    /// Tries until everything is published, or the task is cancelled.
    private func converge(everything: Bool) async {
        var everything = everything
        var pause = self.limits.firstPause
        var isWaiting = false
        while !Task.isCancelled {
            do {
                try await self.publish(everything: everything)
                if isWaiting { self.logger.notice("mediator is back; everything is published") }
                return
            } catch is CancellationError {
                return
            } catch {
                if !isWaiting {
                    self.logger.warning("publishing waits for the mediator", metadata: ["error": "\(error)"])
                }
                isWaiting = true
                // It may come back empty, or as it was long ago.
                everything = true
                let jitter = Double.random(in: 0.5...1)
                try? await Task.sleep(for: pause * jitter)
                pause = min(pause * 2, self.limits.longestPause)
            }
        }
    }

    /// One pass over the displays that need it, or over all.
    func publish(everything: Bool) async throws {
        for id in try await self.library.displaysToRetire() {
            if let display = DisplayID(id) { try await self.store.deleteAll(of: display) }
            try await self.library.forgetRetired(id)
        }
        let displays =
            everything
            ? try await self.library.displays()
            : try await self.library.displaysToPublish()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, display) in displays.enumerated() {
                if index >= self.limits.atOnce { try await group.next() }
                group.addTask { try await self.publish(display: display.id) }
            }
            try await group.waitForAll()
        }
    }

    private func publish(display id: String) async throws {
        guard let displayID = DisplayID(id) else { return }
        for _ in 0..<self.limits.contentionTries {
            // Record and playlist as of one moment; removed meanwhile means nothing to do here.
            guard let publication = try await self.library.publication(for: id) else { return }
            self.observe(.prepared)
            let desired = DesiredState.topics(
                display: publication.display, group: publication.group, playlist: publication.playlist)
            let state = try await self.store.state(of: displayID)
            let difference = StateDifference(desired: desired, present: state.entries)
            var published = Published(display: id, revision: state.revision, putAt: nil)
            if !difference.isEmpty {
                let begun = Date()
                guard let put = try await self.store.put(difference.puts, of: displayID, over: state) else { continue }
                published = Published(display: id, revision: put, putAt: begun)
                self.logger.debug(
                    "published",
                    metadata: ["display": "\(id)", "revision": "\(put)", "topics": "\(difference.puts.count)"])
            }
            self.observe(.put)
            try await self.library.markPublished(id, generation: publication.display.generation)
            self.observe(.marked)
            self.onPublished(published)
            return
        }
        throw PublisherContention(display: id)
    }
}

/// Somebody else kept writing a display's state keys while they were published.
struct PublisherContention: Error, CustomStringConvertible {
    let display: String

    var description: String {
        "the state keys of display \(self.display) keep changing; is another photoserver using the same mediator?"
    }
}
