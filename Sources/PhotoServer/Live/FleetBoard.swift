import DisplayChannel
import Foundation
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Owns the ``FleetState``: feeds it from the database, the publisher and the displays, and tells browsers what changed.
final class FleetBoard: Service {
    private struct State {
        var fleet = FleetState()
        /// What browsers were last told, and how its card is written.
        var told: [String: DisplayView] = [:]
        var cards: [String: String] = [:]
        /// When displays came or went, until it is in the database.
        var seen: [String: Date] = [:]
    }

    private let library: PhotoLibrary
    private let follower: FleetFollower
    private let hub: EventHub
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let observe: @Sendable (ServerStep) -> Void
    private let state = Mutex(State())

    init(
        library: PhotoLibrary, follower: FleetFollower, hub: EventHub,
        now: @escaping @Sendable () -> Date = { Date() },
        observe: @escaping @Sendable (ServerStep) -> Void = { _ in }, logger: Logger
    ) {
        self.library = library
        self.follower = follower
        self.hub = hub
        self.now = now
        self.observe = observe
        self.logger = logger
    }

    /// All displays as they are now, by name.
    var views: [DisplayView] {
        let now = self.now()
        return self.state.withLock { state in state.fleet.ids.compactMap { state.fleet.view(of: $0, now: now) } }
            .sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
    }

    func view(of id: String) -> DisplayView? {
        self.state.withLock { $0.fleet.view(of: id, now: self.now()) }
    }

    /// A display's ``WallCard`` as JSON; nil when there is no such display.
    func card(of id: String) throws -> String? {
        if let card = self.state.withLock({ $0.cards[id] }) { return card }
        guard let view = self.view(of: id) else { return nil }
        let card = String(decoding: try JSONEncoder.api.encode(WallCard(view)), as: UTF8.self)
        self.state.withLock { state in
            // Only what was told is kept up to date.
            if state.told[id] == view { state.cards[id] = card }
        }
        return card
    }

    /// The cards of all displays, as the members of a JSON array.
    func cards() throws -> [String] {
        try self.state.withLock { $0.fleet.ids }.sorted().compactMap { try self.card(of: $0) }
    }

    /// The publisher says so.
    func published(_ published: Publisher.Published) {
        self.state.withLock { $0.fleet.set(published, now: self.now()) }
        self.tell(published.display)
    }

    /// A command was put for a display.
    func sent(_ command: CommandProgress, to id: String) {
        self.state.withLock { $0.fleet.set(command, id: id, now: self.now()) }
        self.tell(id)
    }

    /// Reads the records; before this, there are no displays here.
    func load() async throws {
        let records = try await self.library.displays()
        self.state.withLock { state in
            for record in records { state.fleet.set(record, id: record.id) }
        }
        for record in records { self.tell(record.id) }
    }

    func run() async throws {
        let changes = self.library.changes()
        try await self.load()
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.follow(changes) }
                group.addTask { await self.followStatuses() }
                group.addTask { await self.tick() }
            }
        }
    }

    private func follow(_ changes: LibraryChanges) async {
        for await change in changes {
            if change.photos {
                self.hub.post(ServerEvent("photos"), subject: "photos")
                await self.lookUpPhotos()
            }
            if change.albums { self.hub.post(ServerEvent("albums"), subject: "albums") }
            if change.groups { self.hub.post(ServerEvent("groups"), subject: "groups") }
            if change.displays.count > 16 {
                await self.reload(change.displays)
            } else {
                for id in change.displays { await self.reload(id) }
            }
        }
    }

    /// Brings one display up to date with the database at once: for an answer that must show its own change.
    func reload(_ id: String) async {
        do {
            let record = try await self.library.display(id)
            self.state.withLock { $0.fleet.set(record, id: id) }
        } catch {
            self.logger.error("display could not be read", metadata: ["display": "\(id)", "error": "\(error)"])
        }
        self.tell(id)
    }

    private func reload(_ ids: Set<String>) async {
        do {
            let records = Dictionary(uniqueKeysWithValues: try await self.library.displays().map { ($0.id, $0) })
            self.state.withLock { state in
                for id in ids { state.fleet.set(records[id], id: id) }
            }
        } catch {
            self.logger.error("displays could not be read", metadata: ["error": "\(error)"])
        }
        for id in ids { self.tell(id) }
    }

    private func followStatuses() async {
        for await update in self.follower.updates() {
            switch update {
            case .snapshot(let statuses):
                // Before the first contact the follower's snapshot is empty, which says nothing about the displays.
                guard self.follower.isConnected else { continue }
                self.state.withLock { $0.fleet.isStoreHeard = true }
                let known = Set(self.state.withLock { $0.fleet.ids })
                let reported = Dictionary(uniqueKeysWithValues: statuses.map { ($0.key.text, $0.value) })
                for id in known.union(reported.keys) { await self.heard(reported[id], from: id) }
                self.tellMediator()
            case .changed(let id, let status):
                await self.heard(status, from: id.text)
            case .away:
                // What was last heard stands until the snapshot that follows; browsers are told that it may be old.
                self.tellMediator()
            }
        }
    }

    private func heard(_ status: DisplayStatus?, from id: String) async {
        self.observe(.statusHeard)
        let now = self.now()
        self.state.withLock { state in
            if state.fleet.isPresent(id) == (status == nil) { state.seen[id] = now }
            state.fleet.set(status, id: id, now: now)
        }
        do {
            if let name = self.state.withLock({ $0.fleet.unknownPhoto(of: id) }),
                let photo = try await self.library.photo(named: name)
            {
                self.state.withLock { $0.fleet.setPhoto(ShownPhoto(photo), id: id) }
                try await self.library.noteShown(photoNamed: name)
            }
            if let resolution = self.state.withLock({ $0.fleet.newResolution(of: id) }) {
                // New pixels want new renditions: the record's change makes a new playlist, which is then published.
                _ = try await self.library.updateDisplay(id) { draft in
                    draft.width = resolution.width
                    draft.height = resolution.height
                }
            }
        } catch {
            self.logger.error("status could not be taken", metadata: ["display": "\(id)", "error": "\(error)"])
        }
        self.tell(id)
        self.observe(.statusTold)
    }

    /// Photos were turned, renamed or deleted: the cards show them as they are now.
    private func lookUpPhotos() async {
        let shown = self.state.withLock { $0.fleet.shown }
        guard !shown.isEmpty else { return }
        do {
            let photos = try await self.library.photos(named: shown.keys)
            for (name, ids) in shown {
                for id in ids {
                    self.state.withLock { $0.fleet.setPhoto(photos[name].map { ShownPhoto($0) }, id: id) }
                    self.tell(id)
                }
            }
        } catch {
            self.logger.error("photos could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// How long changes and orders took, since the start.
    var acknowledgements: Acknowledgements { self.state.withLock { $0.fleet.acknowledgements } }

    /// Whether the store can be heard.
    var isMediatorConnected: Bool { self.follower.isConnected }

    private func tellMediator() {
        do {
            let event = try ServerEvent("mediator", ["connected": self.isMediatorConnected])
            self.hub.post(event, subject: "mediator")
        } catch {
            self.logger.error("event could not be written", metadata: ["error": "\(error)"])
        }
    }

    /// Some judgements change by time alone: a display that stays silent becomes deaf or frozen without an event, and a
    /// command unanswered. When displays came and went is written once for all of them.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = self.now()
            let (changed, seen) = self.state.withLock { state in
                defer { state.seen = [:] }
                let told = state.told
                return (state.fleet.judge(now: now) { told[$0] }, state.seen)
            }
            for id in changed { self.tell(id) }
            guard !seen.isEmpty else { continue }
            do {
                try await self.library.touchDisplays(seen)
            } catch {
                self.logger.error("displays could not be noted as seen", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Tells browsers if anything they can see is different.
    private func tell(_ id: String) {
        let now = self.now()
        let (view, old) = self.state.withLock { state in
            let view = state.fleet.view(of: id, now: now)
            let old = state.told[id]
            state.told[id] = view
            if view != old { state.cards[id] = nil }
            return (view, old)
        }
        if view != old { self.hub.postDisplay(id) }
    }
}
