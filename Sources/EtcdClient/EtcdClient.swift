import EtcdTransport
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A client of an etcd v3 cluster, or of anything that speaks its API.
///
/// ```swift
/// let client = EtcdClient(try .init(endpoints: "http://127.0.0.1:2379"), logger: logger)
/// try await client.put("/hall:power_state", "on")
/// for try await batch in client.watch(.prefix("/hall:")) {
///     print(batch.events)
/// }
/// ```
///
/// There is one connection to each endpoint, made when first needed, and made anew when it is lost. Calls go to those
/// that are there, in turn (see ``Configuration/balancing``); watches and the renewal of leases stay where they began. A
/// call waits for a connection until its time is up. Reads are tried again when the server is unavailable; writes only if
/// the request surely never left, so that no write happens twice.
///
/// Calls throw ``EtcdError``, or `CancellationError` when their task is cancelled.
///
/// Run the client as a service, or call ``close()`` when done. A client that is dropped closes its connection, too, but
/// does not wait for it.
public final class EtcdClient: Sendable, Service {
    let configuration: Configuration
    let logger: Logger
    let transport: GRPCBalancer
    let tokens: TokenSource?
    let context: CallContext
    let watches: WatchHub
    let leaseHub: LeaseHub
    /// `nil` for all keys.
    let namespace: Namespace?

    /// Runs tasks on the thread that this client's connections are served by.
    ///
    /// A call made from there wakes no other thread on its way out, nor on its way back, which is most of what a call costs
    /// beside the server's own time:
    ///
    /// ```swift
    /// try await withTaskExecutorPreference(client.taskExecutor) {
    ///     for reading in readings { try await client.put(reading.key, reading.value) }
    /// }
    /// ```
    ///
    /// Such tasks must not block or compute for long: while they run, all of the client's connections wait.
    public let taskExecutor: any TaskExecutor

    /// Makes a client. Connects to nothing yet.
    ///
    /// - Parameter logger: What happens to the connection is logged at `debug`. The default logs nothing.
    public init(
        _ configuration: Configuration,
        logger: Logger = Logger(label: "EtcdClient", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.configuration = configuration
        self.logger = logger
        let instruments = Instruments(configuration)
        var connecting = GRPCClient.Configuration(configuration)
        if let metrics = instruments?.metrics { connecting.onConnected = { metrics.countConnection() } }
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        self.taskExecutor = EventLoopExecutor(eventLoop)
        let transport = GRPCBalancer(
            connecting, spreads: configuration.balancing == .roundRobin, logger: logger, group: eventLoop)
        self.transport = transport
        let anonymous = CallContext(
            configuration: configuration, logger: logger, transport: transport, tokens: nil, instruments: instruments)
        self.tokens = configuration.credentials.map { credentials in
            TokenSource { try await Self.authenticate(credentials, over: anonymous) }
        }
        var context = anonymous
        context.tokens = self.tokens
        self.context = context
        self.watches = WatchHub(self.context)
        self.leaseHub = LeaseHub(self.context)
        self.namespace = nil
    }

    /// The same client, confined to the keys that begin with `prefix`.
    init(viewOf client: EtcdClient, prefix: Key) {
        self.configuration = client.configuration
        self.logger = client.logger
        self.transport = client.transport
        self.tokens = client.tokens
        self.context = client.context
        self.watches = client.watches
        self.leaseHub = client.leaseHub
        self.taskExecutor = client.taskExecutor
        self.namespace = prefix.bytes.isEmpty ? nil : Namespace(prefix)
    }

    /// Keeps the client open until the task is cancelled or the service group shuts down gracefully; then ``close()``.
    public func run() async throws {
        // Throws when the task is cancelled, which ends the wait just as well.
        try? await gracefulShutdown()
        await self.close()
    }

    /// Closes the connection. Calls under way end with ``EtcdError/Code/unavailable``; watches, and all later calls, with
    /// ``EtcdError/Code/clientClosed``.
    public func close() async {
        await self.transport.close()
    }
}

extension GRPCClient.Configuration {
    fileprivate init(_ configuration: EtcdClient.Configuration) {
        var connection = GRPCClientConnection.Options()
        connection.dialTimeout = TimeAmount(configuration.dialTimeout)
        connection.pingInterval = TimeAmount(configuration.keepaliveInterval)
        connection.pingTimeout = TimeAmount(configuration.keepaliveTimeout)
        connection.maximumMessageBytes = configuration.maximumResponseBytes
        connection.maximumRequestBytes = configuration.maximumRequestBytes
        self.init(
            endpoints: configuration.endpoints.map {
                GRPCEndpoint(
                    host: $0.host, port: $0.port, usesTLS: $0.usesTLS, serverName: configuration.tls?.serverName)
            },
            tls: TransportTLS(
                authorityFile: configuration.tls?.caFile, certificateFile: configuration.tls?.certificateFile,
                privateKeyFile: configuration.tls?.privateKeyFile),
            connection: connection, initialBackoff: configuration.initialBackoff,
            maximumBackoff: configuration.maximumBackoff)
    }
}
