import DisplayChannel
import Glibc
import Logging

/// A display without a screen and a disk: it hears, fetches its playlist, turns its photos by the clock, follows every
/// command and reports, over a line of its own.
actor SimulatedDisplay {
    private let credentials: Credentials
    private let link: any DisplayLink
    private let service: any PhotoService
    private let shelf: PlaylistShelf
    private let counts: SimulationCounts
    /// A folder to fetch photos into and remove them from; nil fetches none.
    private let scratch: String?
    /// The answer to a request for a picture of the screen.
    private let picture: [UInt8]
    private let logger: Logger
    private let stateNews = Signal()
    private let turnNews = Signal()

    private var state = DisplayState()
    private var pending: (state: DisplayState, revision: Int64, receivedAt: ContinuousClock.Instant)?
    private var photos: [(name: String, content: PhotoContent)] = []
    private var index = 0
    private var interval: Duration = .seconds(30)
    /// When the photo changes by itself.
    private var due = ContinuousClock.now
    private var isPaused = false
    private var isOnline = false
    private var status = DisplayStatus()

    init(
        credentials: Credentials, link: any DisplayLink, service: any PhotoService, shelf: PlaylistShelf,
        counts: SimulationCounts, scratch: String?, picture: [UInt8], logger: Logger
    ) {
        self.credentials = credentials
        self.link = link
        self.service = service
        self.shelf = shelf
        self.counts = counts
        self.scratch = scratch
        self.picture = picture
        self.logger = logger
        self.status.version = "simulated \(PhotoViewerVersion.text)"
        self.status.resolution = .init(width: 1920, height: 1080)
    }

    /// Lives until cancelled.
    func run() async throws {
        self.link.report(self.status)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.link.run { await self.handle($0) } }
            group.addTask { await self.followStates() }
            group.addTask { await self.turnPhotos() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func handle(_ event: ChannelEvent) async {
        switch event {
        case .state(let state, _, let revision):
            self.state = state
            self.pending = (state, revision, .now)
            self.counts.change { $0.states += 1 }
            self.stateNews.raise()
        case .command(let command, let revision):
            self.counts.change { $0.commands += 1 }
            await self.run(command, revision: revision)
        case .skipped(let report): self.status.report(report)
        case .received(let revision):
            self.status.receivedRevision = revision
            self.note(isOnline: true)
        case .away: self.note(isOnline: false)
        case .back: self.note(isOnline: true)
        }
        self.link.report(self.status)
    }

    private func note(isOnline: Bool) {
        guard isOnline != self.isOnline else { return }
        self.isOnline = isOnline
        self.counts.change { summary in
            summary.online += isOnline ? 1 : -1
            if !isOnline { summary.losses += 1 }
        }
    }

    private func run(_ command: DisplayCommand, revision: Int64) async {
        var outcome = DisplayStatus.CommandOutcome.done
        var reason: String?
        switch command {
        case .changePhoto(let direction): self.turn(by: direction == .forward ? 1 : -1)
        case .show(let name):
            if let index = self.photos.firstIndex(where: { $0.name == name }) {
                self.turn(by: index - self.index)
            } else {
                (outcome, reason) = (.skipped, "no such photo in the playlist")
            }
        case .pause(let isPaused):
            self.isPaused = isPaused
            self.present()
        case .identify: self.present()
        case .currentDisplay(let request):
            do throws(ViewerError) {
                try await self.service.send(screen: self.picture, request: request, token: self.credentials.token)
            } catch {
                (outcome, reason) = (.failed, error.message)
            }
        case .restartScreen, .reboot: break
        }
        self.status.report(.init(topic: command.topic, revision: revision, result: outcome, reason: reason))
    }

    /// Brings each state into effect, the newest first of all.
    private func followStates() async {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(10))
        while !Task.isCancelled {
            guard let pending = self.pending else {
                await self.stateNews.wait()
                continue
            }
            do {
                try await self.apply(pending.state)
                pace.reset()
                // A newer one may have come meanwhile.
                if self.pending?.revision == pending.revision { self.pending = nil }
                let milliseconds = pending.receivedAt.duration(to: .now) / .milliseconds(1)
                self.counts.applied(after: milliseconds)
                self.status.appliedRevision = pending.revision
                self.status.appliedAfterMilliseconds = milliseconds
                self.present()
            } catch {
                guard !Task.isCancelled else { return }
                self.counts.change { $0.failures += 1 }
                self.logger.debug("a playlist cannot be had", metadata: ["error": "\(error)"])
                await self.stateNews.wait(within: pace.next())
            }
        }
    }

    private func apply(_ state: DisplayState) async throws {
        let photos: [(name: String, content: PhotoContent)]
        switch state.photos {
        case .playlist(let reference):
            let document = try await self.shelf.document(reference, token: self.credentials.token)
            photos = document.photos.compactMap { photo in
                PhotoContent(text: photo.rendition).map { (photo.name, $0) }
            }
        case .images(let names): photos = names.map { ($0, .named($0)) }
        case .none: photos = []
        }
        let shown = self.photos.indices.contains(self.index) ? self.photos[self.index].name : nil
        self.photos = photos
        self.index = photos.firstIndex { $0.name == shown } ?? 0
        self.interval = max(state.settings?.settings.interval ?? .seconds(30), .seconds(1))
        self.status.power = state.power == .off ? .off : .on
        self.due = .now.advanced(by: self.interval)
        self.turnNews.raise()
    }

    private func turnPhotos() async {
        while !Task.isCancelled {
            await self.turnNews.wait(within: max(ContinuousClock.now.duration(to: self.due), .milliseconds(10)))
            // Turned by hand or given another playlist meanwhile: the photo has its whole time.
            guard !Task.isCancelled, ContinuousClock.now >= self.due else { continue }
            self.due = .now.advanced(by: self.interval)
            if !self.isPaused, self.photos.count > 1, self.status.power == .on { self.turn(by: 1) }
            if let scratch = self.scratch { await self.fetch(into: scratch) }
        }
    }

    private func turn(by steps: Int) {
        guard !self.photos.isEmpty else { return }
        let count = self.photos.count
        self.index = ((self.index + steps) % count + count) % count
        self.due = .now.advanced(by: self.interval)
        self.counts.change { $0.photos += 1 }
        self.present()
    }

    private func present() {
        let isShowing = self.status.power == .on && self.photos.indices.contains(self.index)
        let now = Double(WallClock.nanoseconds()) / 1e9
        let name = isShowing ? self.photos[self.index].name : nil
        if name != self.status.showing { self.status.since = now }
        self.status.showing = name
        self.status.presentedFrames += 1
        self.status.lastPresented = now
        self.status.nextDue =
            isShowing && !self.isPaused && self.photos.count > 1 ? now + self.interval / .seconds(1) : nil
        self.link.report(self.status)
    }

    private func fetch(into scratch: String) async {
        guard self.photos.indices.contains(self.index) else { return }
        let path = "\(scratch)/\(self.credentials.display.id)"
        do throws(ViewerError) {
            try await self.service.download(self.photos[self.index].content, token: self.credentials.token, to: path)
            unlink(path)
        } catch {
            self.counts.change { $0.failures += 1 }
        }
    }
}
