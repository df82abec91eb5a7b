import EtcdClient
import Logging
import ServiceLifecycle
import Synchronization

/// What stands open that people should know of, in sentences for the page. Looked at once a minute: an etcd cluster is
/// somebody else's, and its login may be switched on or off at any time.
final class SecurityNotices: Service {
    private static let interval = Duration.seconds(60)

    /// Of an etcd cluster; nil for the embedded store, which asks for a login wherever others can reach it.
    private let users: MediatorUsers?
    private let standing: [String]
    private let logger: Logger
    private let isStoreOpen = Mutex(false)

    init(users: MediatorUsers?, allowsLegacyDisplays: Bool, logger: Logger) {
        self.users = users
        self.standing =
            allowsLegacyDisplays
            ? [
                "Displays of the older system are let in without any credentials (--legacy-displays): whoever reaches this server can be one, and see their photos."
            ] : []
        self.logger = logger
    }

    var sentences: [String] {
        let store =
            self.isStoreOpen.withLock { $0 }
            ? [
                "The etcd between server and displays asks for no login: whoever reaches it can read and change what every display shows. Switch its authentication on, and start the server with --etcd-user; displays get users of their own then."
            ] : []
        return store + self.standing
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                do {
                    let isOpen = try await self.users?.areAskedFor() == false
                    let was = self.isStoreOpen.withLock { state in
                        defer { state = isOpen }
                        return state
                    }
                    if isOpen, !was { self.logger.warning("the store asks for no login") }
                } catch {
                    // Away, or not ours to ask: what was known last stands.
                    self.logger.debug("the store's login is not known", metadata: ["error": "\(error)"])
                }
                // Throws only when cancelled.
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }
}
