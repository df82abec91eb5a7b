import DisplayChannel
import Glibc
import Logging
import Synchronization

/// What a fetcher has to tell.
enum FetcherEvent: Sendable {
    case playlist(PlaylistDocument, reference: PlaylistReference)
    /// The photo is in the cache; these keys of the cache had to go for it.
    case photo(PhotoContent, evicted: Set<String>)
    /// These had to go because the disk is full.
    case evicted(Set<String>)
    /// What goes wrong, or nil when it went well again.
    case trouble(String?)
    /// The server does not accept this display any more.
    case unauthorized
}

/// Fetches playlists and photos into the data folder, as many tries as it takes.
final class PhotoFetcher: Sendable {
    /// Two at a time hide the round trip and still leave a slow network to something else.
    private static let lanes = 2

    private struct State {
        var token: String?
        var playlist: PlaylistReference?
        var queue = FetchQueue()
        /// Never evicted.
        var keeping: Set<PhotoContent> = []
    }

    private let service: any PhotoService
    private let folder: ViewerFolder
    private let cache: PhotoCache
    private let check: @Sendable (String) throws(StageError) -> Void
    private let logger: Logger
    private let state = Mutex(State())
    private let playlistWanted = Signal()
    private let photoWanted: [Signal] = (0..<PhotoFetcher.lanes).map { _ in Signal() }

    /// - Parameter check: Throws unless the file is a whole picture; called off the render thread.
    init(
        service: any PhotoService, folder: ViewerFolder, cache: PhotoCache,
        check: @escaping @Sendable (String) throws(StageError) -> Void, logger: Logger
    ) {
        self.service = service
        self.folder = folder
        self.cache = cache
        self.check = check
        self.logger = logger
    }

    /// With a token it works; without, it waits.
    func use(token: String?) {
        self.state.withLock { state in
            state.token = token
            state.queue.retryAll()
        }
        self.wakeAll()
    }

    /// Fetches this playlist instead of any other still on its way; nil for none.
    func want(playlist: PlaylistReference?) {
        self.state.withLock { $0.playlist = playlist }
        self.playlistWanted.raise()
    }

    /// Fetches these photos in this order instead of those still waiting.
    func want(photos: [PhotoContent], keeping: Set<PhotoContent>) {
        self.state.withLock { state in
            state.queue.want(photos)
            state.keeping = keeping
        }
        for signal in self.photoWanted { signal.raise() }
    }

    /// How many photos are still to be fetched.
    var waiting: Int { self.state.withLock { $0.queue.wanted.count } }

    /// Fetches until cancelled. Call it once.
    func run(_ handle: @escaping @Sendable (FetcherEvent) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.fetchPlaylists(handle) }
            for signal in self.photoWanted { group.addTask { await self.fetchPhotos(woken: signal, handle) } }
        }
    }

    private func fetchPlaylists(_ handle: @Sendable (FetcherEvent) async -> Void) async {
        var pace = Backoff(shortest: .milliseconds(500), longest: .seconds(3))
        while !Task.isCancelled {
            let wish = self.state.withLock { state in
                state.token.flatMap { token in state.playlist.map { (token: token, reference: $0) } }
            }
            guard let wish else {
                await self.playlistWanted.wait()
                continue
            }
            do throws(ViewerError) {
                let bytes = try await self.service.playlist(wish.reference.sha256, token: wish.token)
                let document = try PlaylistDocument(bytes, sha256: wish.reference.sha256)
                self.state.withLock { if $0.playlist == wish.reference { $0.playlist = nil } }
                pace.reset()
                await handle(.trouble(self.keep(bytes, sha256: wish.reference.sha256)))
                await handle(.playlist(document, reference: wish.reference))
            } catch {
                guard !Task.isCancelled else { return }
                if error.code == .unauthorized { self.drop(wish.token) }
                await self.tell(error, about: "the playlist", handle)
                await self.playlistWanted.wait(within: pace.next())
            }
        }
    }

    /// Keeps a playlist for the next start. A disk that takes no more is no reason not to play it now.
    ///
    /// - Returns: Why it could not be kept.
    private func keep(_ bytes: [UInt8], sha256: String) -> String? {
        do throws(ViewerError) {
            try self.folder.keepPlaylist(bytes, sha256: sha256)
            return nil
        } catch {
            self.logger.warning("a playlist is not kept", metadata: ["error": "\(error)"])
            return "the playlist is not kept: \(error)"
        }
    }

    private func fetchPhotos(woken signal: Signal, _ handle: @Sendable (FetcherEvent) async -> Void) async {
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let wish = self.state.withLock { state in
                state.token.flatMap { token in state.queue.take(at: now).map { (token: token, content: $0) } }
            }
            guard let wish else {
                let wait = self.state.withLock { $0.token == nil ? nil : $0.queue.wait(from: now) }
                if let wait {
                    await signal.wait(within: wait)
                } else {
                    await signal.wait()
                }
                continue
            }
            do throws(ViewerError) {
                let evicted = try await self.fetch(wish.content, token: wish.token, handle)
                self.state.withLock { $0.queue.succeeded(wish.content) }
                await handle(.trouble(nil))
                await handle(.photo(wish.content, evicted: evicted))
            } catch {
                let isFleeting = [.unreachable, .storage].contains(error.code)
                self.state.withLock { $0.queue.failed(wish.content, isFleeting: isFleeting, at: .now) }
                guard !Task.isCancelled else { return }
                if error.code == .unauthorized { self.drop(wish.token) }
                await self.tell(error, about: "a photo", handle)
            }
        }
    }

    /// Fetches a photo; where the disk has no room, once more after others made way.
    private func fetch(
        _ content: PhotoContent, token: String, _ handle: @Sendable (FetcherEvent) async -> Void
    ) async throws(ViewerError) -> Set<String> {
        do throws(ViewerError) {
            return try await self.fetch(content, token: token)
        } catch {
            guard error.code == .storage, self.diskIsFull else { throw error }
            let keeping = self.state.withLock { $0.keeping }
            let room = max(Int64(self.cache.averageBytes) * 4, Self.leastFree)
            let evicted = self.cache.makeRoom(room, keeping: keeping)
            guard !evicted.isEmpty else { throw error }
            self.logger.warning("photos make way on a full disk", metadata: ["count": "\(evicted.count)"])
            await handle(.evicted(evicted))
            return try await self.fetch(content, token: token)
        }
    }

    /// Less than this is no room for a photo.
    private static let leastFree: Int64 = 4 << 20

    private var diskIsFull: Bool {
        var disk = statvfs()
        return statvfs(self.folder.photosFolder, &disk) == 0
            && Int64(disk.f_bavail) * Int64(disk.f_frsize) < Self.leastFree
    }

    private func fetch(_ content: PhotoContent, token: String) async throws(ViewerError) -> Set<String> {
        let temporary = self.cache.temporaryPath(for: content)
        try await self.service.download(content, token: token, to: temporary)
        do throws(StageError) {
            try self.check(temporary)
        } catch {
            unlink(temporary)
            throw ViewerError(.damaged, "a photo arrived damaged: \(error)")
        }
        let keeping = self.state.withLock { $0.keeping }
        return try self.cache.add(content, from: temporary, keeping: keeping)
    }

    private func tell(
        _ error: ViewerError, about what: String, _ handle: @Sendable (FetcherEvent) async -> Void
    ) async {
        self.logger.warning("fetching fails", metadata: ["what": "\(what)", "error": "\(error)"])
        await handle(error.code == .unauthorized ? .unauthorized : .trouble("fetching \(what): \(error)"))
    }

    /// Stops using a token that the server refuses, unless there is a newer one by now.
    private func drop(_ token: String) {
        self.state.withLock { if $0.token == token { $0.token = nil } }
    }

    private func wakeAll() {
        self.playlistWanted.raise()
        for signal in self.photoWanted { signal.raise() }
    }
}
