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
        /// What browsers were last told.
        var told: [String: DisplayView] = [:]
    }

    private let library: PhotoLibrary
    private let follower: FleetFollower
    private let hub: EventHub
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    init(
        library: PhotoLibrary, follower: FleetFollower, hub: EventHub,
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.library = library
        self.follower = follower
        self.hub = hub
        self.now = now
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

    /// The publisher says so.
    func published(_ published: Publisher.Published) {
        self.state.withLock { $0.fleet.set(published, now: self.now()) }
        self.tell(published.display)
    }

    /// Reads the records; before this, there are no displays here.
    func load() async throws {
        let records = try await self.library.displays()
        self.state.withLock { state in
            for record in records { state.fleet.set(record, id: record.id) }
        }
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
            if change.photos { self.hub.post(ServerEvent("photos"), subject: "photos") }
            if change.albums { self.hub.post(ServerEvent("albums"), subject: "albums") }
            if change.groups { self.hub.post(ServerEvent("groups"), subject: "groups") }
            for id in change.displays { await self.reload(id) }
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
        let wasThere = self.state.withLock { state in
            let wasThere = state.fleet.view(of: id, now: self.now())?.appliedRevision != nil
            state.fleet.set(status, id: id, now: self.now())
            return wasThere
        }
        do {
            if let name = self.state.withLock({ $0.fleet.unknownPhoto(of: id) }),
                let photo = try await self.library.photo(named: name)
            {
                let address = PhotoView(photo).thumbnail
                self.state.withLock { $0.fleet.setThumbnail(address, name: name, id: id) }
                try await self.library.noteShown(photoNamed: name)
            }
            if let resolution = self.state.withLock({ $0.fleet.newResolution(of: id) }) {
                // New pixels want new renditions: the record's change makes a new playlist, which is then published.
                _ = try await self.library.updateDisplay(id) { draft in
                    draft.width = resolution.width
                    draft.height = resolution.height
                }
            }
            if (status == nil) == wasThere { try await self.library.touchDisplay(id, seenAt: self.now()) }
        } catch {
            self.logger.error("status could not be taken", metadata: ["display": "\(id)", "error": "\(error)"])
        }
        self.tell(id)
    }

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

    /// Some judgements change by time alone: a display that stays silent becomes deaf or frozen without an event. Looks
    /// at memory only.
    private func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let now = self.now()
            let changed = self.state.withLock { state in
                state.fleet.ids.filter { state.fleet.livenessText(of: $0, now: now) != state.told[$0]?.livenessText }
            }
            for id in changed { self.tell(id) }
        }
    }

    /// Tells browsers if anything they can see is different.
    private func tell(_ id: String) {
        let now = self.now()
        let (view, old) = self.state.withLock { state in
            let view = state.fleet.view(of: id, now: now)
            let old = state.told[id]
            state.told[id] = view
            return (view, old)
        }
        guard view != old else { return }
        do {
            let event = try view.map { try ServerEvent("display", $0) } ?? ServerEvent("display-removed", ["id": id])
            self.hub.post(event, subject: "display:" + id)
        } catch {
            self.logger.error("event could not be written", metadata: ["display": "\(id)", "error": "\(error)"])
        }
    }
}
