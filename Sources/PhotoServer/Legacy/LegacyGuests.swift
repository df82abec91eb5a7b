import DisplayChannel
import EtcdClient
import Foundation
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Who may come by the embedded store's address for guests: everybody, to read the keys of the older displays that are
/// registered now, and nothing else. They all come as one user, whose role this keeps in step with the database.
final class LegacyGuests: Service {
    /// The user that guests are.
    static let user = "older-displays"

    private let library: PhotoLibrary
    private let logins: DisplayLogins
    /// Whether there is an address for guests; an etcd cluster has none.
    private let hasAddress: Bool
    private let logger: Logger
    /// The displays that the role is for, as far as it was brought into step.
    private let granted = Mutex<[String]?>(nil)
    /// Two updates at once would undo each other's grants.
    private let turn = TurnTaking()

    init(library: PhotoLibrary, logins: DisplayLogins, hasAddress: Bool, logger: Logger) {
        self.library = library
        self.logins = logins
        self.hasAddress = hasAddress
        self.logger = logger
    }

    /// Brings the role into step.
    ///
    /// - Throws: `EtcdError`.
    func update() async throws {
        guard self.hasAddress else { return }
        try await self.turn.take {
            let displays = try await self.library.displays().filter { $0.kind == .legacy }.map(\.id)
            // Most changes of displays are none of this.
            guard self.granted.withLock({ $0 }) != displays else { return }
            try await self.logins.provideGuest(
                Self.user, reading: displays.compactMap { DisplayID($0).map(DisplayKey.topics(of:)) })
            self.granted.withLock { $0 = displays }
        }
    }

    func run() async throws {
        let changes = self.library.changes()
        await cancelWhenGracefulShutdown {
            await self.keepUp()
            for await change in changes where !change.displays.isEmpty { await self.keepUp() }
        }
    }

    /// Tries until it is done, or the task is cancelled.
    private func keepUp() async {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                return try await self.update()
            } catch {
                self.logger.debug("older displays wait for the store", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: backoff.next())  // throws only when cancelled
            }
        }
    }
}

/// Lets one in at a time, in the order of coming.
private actor TurnTaking {
    private var last: Task<Void, any Error>?

    func take(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let before = self.last
        let mine = Task {
            _ = await before?.result
            try await work()
        }
        self.last = mine
        try await mine.value
    }
}
