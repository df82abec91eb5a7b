import EtcdStorage
import EtcdStore
import EtcdTransport
import Logging
import ServiceLifecycle

/// A store that speaks the etcd v3 API, in this process: one node, durable, its data in one folder.
///
/// ```swift
/// let server = try EtcdServer(configuration: .init(dataDirectory: "data/store"), logger: logger)
/// try await server.run()
/// ```
///
/// An acknowledged write survives the loss of the process and of power. Any etcd v3 client can use it.
public final class EtcdServer: Sendable, Service {
    /// How often leases are looked through for expired ones, as in etcd.
    private static let leaseSweepInterval = Duration.milliseconds(500)
    private static let leasesPerSweep = 500
    private static let watchProgressInterval = Duration.seconds(600)

    private let store: DurableStore
    private let watches: WatchService
    private let guestWatches: WatchService
    private let server: GRPCServer
    private let guestServer: GRPCServer?
    private let logger: Logger
    private let configuration: Configuration

    /// Opens the data folder and recovers what is in it. Nothing listens until ``run()``.
    ///
    /// - Throws: ``EtcdServerError`` if the folder is in use, damaged, or cannot be written.
    public init(configuration: Configuration, logger: Logger) throws {
        let start = ContinuousClock.now
        var storeConfiguration = DurableStore.Configuration()
        storeConfiguration.retainedRevisions =
            configuration.limits.retainedAge == nil ? max(1, configuration.limits.retainedRevisions) : .max
        let makeNumber: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
        do throws(StorageError) {
            self.store = try DurableStore(
                files: try POSIXLogFiles(directory: configuration.dataDirectory), configuration: storeConfiguration,
                now: { start.duration(to: .now) }, makeNumber: makeNumber, logger: logger)
        } catch {
            throw EtcdServerError(error)
        }
        let context = ServiceContext(
            store: self.store, headers: ResponseHeaders(identity: self.store.withStore { $0.identity }),
            isTLS: configuration.tls != nil, logger: logger, makeNumber: makeNumber,
            tokens: LoginTokens(lifetime: configuration.limits.tokenLifetime, now: { start.duration(to: .now) }),
            trustsCertificates: configuration.tls?.clientAuthorityFile != nil, keepsLogin: configuration.requiresLogin,
            passwordLogRounds: configuration.limits.passwordLogRounds)
        self.store.withStore { $0.quotaBytes = configuration.limits.quotaBytes }
        let watches = WatchService(context: context)
        self.watches = watches
        var guestContext = context
        guestContext.guest = configuration.guests?.user
        let guestWatches = WatchService(context: guestContext)
        self.guestWatches = guestWatches
        // Weak, as the services hold the store.
        self.store.onWake { [weak watches, weak guestWatches] streams in
            watches?.wake(streams)
            guestWatches?.wake(streams)
        }
        var limits = GRPCServer.Limits()
        limits.maximumConnections = configuration.limits.connections
        limits.maximumQueuedStreamBytes = 1 << 20
        self.server = GRPCServer(
            address: .init(host: configuration.host, port: configuration.port),
            tls: configuration.tls.map { tls in
                TransportTLS(
                    authorityFile: tls.clientAuthorityFile, certificateFile: tls.certificateFile,
                    privateKeyFile: tls.privateKeyFile)
            },
            limits: limits,
            services: [
                KVService(context: context), watches, LeaseService(context: context),
                MaintenanceService(context: context), ClusterService(context: context), AuthService(context: context),
                HealthService(), LockService(context: context, watches: watches),
                ElectionService(context: context, watches: watches),
            ],
            pages: StatusPages(context: context).response, refusal: ClientVersion.refusal,
            logger: logger)
        guard configuration.guests == nil || configuration.requiresLogin else {
            throw EtcdServerError(.storage, "An address for guests wants a store that asks everybody else for a login.")
        }
        self.guestServer = configuration.guests.map { guests in
            GRPCServer(
                address: .init(host: guests.host, port: guests.port), tls: nil, limits: limits,
                services: [KVService(context: guestContext), guestWatches], refusal: ClientVersion.refusal,
                logger: logger)
        }
        self.logger = logger
        self.configuration = configuration
    }

    /// Where the server listens. Waits until it does.
    ///
    /// - Throws: If it stopped, or could not listen.
    public var listeningAddress: Address {
        get async throws {
            let address = try await self.server.listeningAddress
            return Address(host: address.host, port: address.port)
        }
    }

    /// Where guests come; `nil` without such an address. Waits until it listens.
    ///
    /// - Throws: If it stopped, or could not listen.
    public var guestAddress: Address? {
        get async throws {
            guard let address = try await self.guestServer?.listeningAddress else { return nil }
            return Address(host: address.host, port: address.port)
        }
    }

    /// How many watchers and watch streams it has, for tests that look for leaks.
    package var watchCounts: (watchers: Int, streams: Int) {
        self.store.withStore { ($0.watcherCount, $0.watchStreamCount) }
    }

    /// Whether clients have to log in, now.
    package var asksForLogin: Bool { self.store.withStore { $0.committedAuth.isEnabled } }

    /// For a program that keeps the store for itself and acts as its root: sees to it that the user `root` is there with
    /// the password that the file `root-password` of the data folder tells, and switches the login on. A file that is
    /// missing is made. Call it before ``run()``.
    ///
    /// - Returns: The password.
    /// - Throws: ``EtcdServerError`` if the file cannot be read or written.
    package func takeRoot() async throws -> String {
        try await RootCredential(dataDirectory: self.configuration.dataDirectory, store: self.store).take()
    }

    /// Serves until graceful shutdown or cancellation. Call it once. When it returns, or throws, every admitted write is
    /// durable or refused, and the data folder is free.
    ///
    /// - Throws: If the address cannot be used; ``EtcdServerError`` if the disk fails.
    public func run() async throws {
        do {
            if self.configuration.requiresLogin {
                try await RootCredential(dataDirectory: self.configuration.dataDirectory, store: self.store).provide()
            }
            try await self.serve()
        } catch {
            await self.store.close()
            throw error
        }
        await self.store.close()
    }

    private func serve() async throws {
        let (failures, reportFailure) = AsyncStream.makeStream(
            of: StorageError.self, bufferingPolicy: .bufferingOldest(1))
        self.store.onFailure { reportFailure.yield($0) }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.server.run() }
                if let guestServer { group.addTask { try await guestServer.run() } }
                group.addTask { try await self.sweepLeases() }
                group.addTask { try await self.reportWatchProgress() }
                if let age = self.configuration.limits.retainedAge {
                    group.addTask { try await self.compact(to: age) }
                }
                group.addTask {
                    for await failure in failures { throw EtcdServerError(failure) }
                }
                defer { group.cancelAll() }
                // The first to end is the server, or whatever makes it impossible to go on.
                try await group.next()
            }
        } onGracefulShutdown: {
            self.server.beginGracefulShutdown()
            self.guestServer?.beginGracefulShutdown()
        }
    }

    private func sweepLeases() async throws {
        var seen: UInt64 = 0
        var marked: UInt64 = 0
        while true {
            try await Task.sleep(for: Self.leaseSweepInterval)
            let applied = self.store.withStore { $0.appliedIndex }
            // Only in a pause: while there are writes, each shows that the one before was finished.
            if applied == seen, applied != marked {
                marked = applied
                self.store.mark()
            }
            seen = applied
            // Without leases there is nothing to wake the writer for.
            guard self.store.withStore({ $0.leaseCount }) > 0 else { continue }
            self.store.submit(
                { store, now in store.expireLeases(now: now, limit: Self.leasesPerSweep) },
                completion: { [logger] result in
                    guard case .success(let count) = result, count > 0 else { return }
                    logger.debug("leases expired", metadata: ["count": "\(count)"])
                })
        }
    }

    private func compact(to age: Duration) async throws {
        var compaction = PeriodicCompaction(age: age)
        let start = ContinuousClock.now
        while true {
            let head = self.store.withStore { $0.committed.number }
            if let target = compaction.target(head: head, now: start.duration(to: .now)) {
                self.store.submit(
                    { store, _ throws(StoreError) in try store.compact(Revision(target)) },
                    completion: { [logger] result in
                        // Somebody may have compacted further by hand.
                        if case .success = result { logger.info("compacted", metadata: ["revision": "\(target)"]) }
                    })
            }
            try await Task.sleep(for: compaction.interval)
        }
    }

    private func reportWatchProgress() async throws {
        while true {
            try await Task.sleep(for: Self.watchProgressInterval)
            let streams = self.store.withStore { $0.reportWatchProgress() }
            self.watches.wake(streams)
            self.guestWatches.wake(streams)
        }
    }
}
