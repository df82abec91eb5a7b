import Metrics
import Tracing

extension EtcdClient {
    /// Where to connect, as whom, and how patiently.
    public struct Configuration: Sendable {
        /// The members of one cluster.
        public var endpoints: [Endpoint]
        /// How calls are spread over several endpoints.
        public var balancing = Balancing.roundRobin
        /// Files for endpoints with `https`; `nil` means the system's authorities and no client certificate.
        public var tls: TLS?
        /// Who to be, where the server has users.
        public var credentials: Credentials?
        /// How long a call may take in all: waiting for a connection, the call, and retries.
        public var requestTimeout: Duration
        /// How long TCP, TLS and HTTP/2 handshakes may take together, for one endpoint.
        public var dialTimeout: Duration
        /// How long the connection may be silent before the server is asked for a sign of life. At least 10 s: servers
        /// drop clients that ask more often than every 5 s.
        public var keepaliveInterval: Duration
        /// How long the server may take to give it. Less than ``keepaliveInterval``.
        public var keepaliveTimeout: Duration
        /// The first pause after all endpoints failed; it doubles from pause to pause, with jitter.
        public var initialBackoff: Duration
        /// The longest of these pauses.
        public var maximumBackoff: Duration
        /// When a watch begins to doubt its connection.
        public var watch: WatchTiming
        /// The largest request that is sent; a larger one fails with ``EtcdError/Code/requestTooLarge`` and never leaves.
        /// etcd takes 1.5 MiB unless it was started with another limit.
        public var maximumRequestBytes = 2 << 20
        /// The largest message that is taken from a server; a larger one fails with ``EtcdError/Code/responseTooLarge``,
        /// a watch as well. Servers set no limit: a range holds all that was asked for.
        public var maximumResponseBytes = Int(Int32.max)
        /// Where the client counts what it does; `nil` for the `MetricsSystem` of the process as it is when the client is
        /// made. Without a backend nothing is counted, and nothing spent on it.
        ///
        /// | name | kind | dimensions | of |
        /// |---|---|---|---|
        /// | `etcd.client.calls` | counter | `method`, `code` | calls that ended: `ok`, `cancelled`, or the error's code |
        /// | `etcd.client.call.duration` | timer | `method` | calls to their end, waiting and retries included |
        /// | `etcd.client.call.retries` | counter | `method` | times a call was sent again |
        /// | `etcd.client.connections` | counter | | connections made, at first and again |
        /// | `etcd.client.watch.events` | counter | | events handed to readers or their buffers |
        /// | `etcd.client.watch.drops` | counter | | events that a server told twice, and that were dropped |
        /// | `etcd.client.watch.interruptions` | counter | | streams lost while watches depended on them |
        /// | `etcd.client.watch.parked` | counter | | watches taken off the shared stream for their slow readers |
        /// | `etcd.client.lease.states` | counter | `state` | changes to `alive`, `atRisk` and `lost` |
        public var metricsFactory: (any MetricsFactory)?
        /// What traces calls; `nil` for the `InstrumentationSystem` of the process as it is when the client is made. Each
        /// call is a span of kind client, named like `etcdserverpb.KV/Put`, under the span of its task, with the
        /// attributes `rpc.*` and `server.*` of OpenTelemetry and an event for each attempt and retry; the server gets the
        /// trace's identity in the call's metadata. Watches and renewals of leases have no spans. Without a tracer
        /// nothing is spent on it.
        public var tracer: (any Tracer)?

        /// A configuration of these parts.
        public init(
            endpoints: [Endpoint], tls: TLS? = nil, credentials: Credentials? = nil,
            requestTimeout: Duration = .seconds(5), dialTimeout: Duration = .seconds(3),
            keepaliveInterval: Duration = .seconds(30), keepaliveTimeout: Duration = .seconds(10),
            initialBackoff: Duration = .milliseconds(50), maximumBackoff: Duration = .seconds(2),
            watch: WatchTiming = WatchTiming()
        ) {
            self.endpoints = endpoints
            self.tls = tls
            self.credentials = credentials
            self.requestTimeout = requestTimeout
            self.dialTimeout = dialTimeout
            self.keepaliveInterval = keepaliveInterval
            self.keepaliveTimeout = keepaliveTimeout
            self.initialBackoff = initialBackoff
            self.maximumBackoff = maximumBackoff
            self.watch = watch
        }

        /// Reads endpoints separated by commas; see ``Endpoint/init(_:)``.
        public init(endpoints: String) throws(EtcdError) {
            var parsed: [Endpoint] = []
            for part in endpoints.split(separator: ",") {
                parsed.append(try Endpoint(String(part.filter { !$0.isWhitespace })))
            }
            guard !parsed.isEmpty else { throw EtcdError(.badConfiguration, "no endpoint was given") }
            self.init(endpoints: parsed)
        }
    }

    /// How calls are spread over several endpoints.
    public enum Balancing: Hashable, Sendable {
        /// A connection to each endpoint; calls go to those that are there, in turn. A server that cannot be reached, or
        /// answers that it cannot serve, is left out until it is connected again.
        case roundRobin
        /// One connection; when it is lost, or its server cannot serve, the next endpoint's. For many clients of few
        /// calls, each of which should cost the servers one connection.
        case failover
    }

    /// PEM files for TLS.
    public struct TLS: Hashable, Sendable {
        /// The authorities that sign the servers' certificates; `nil` for the system's.
        public var caFile: String?
        /// This client's certificate chain, with its key, where servers ask for one.
        public var certificateFile: String?
        /// The key of ``certificateFile``.
        public var privateKeyFile: String?
        /// The name that the servers' certificates must have, where that is not the host of the endpoint: a tunnel, say,
        /// or the loopback address of a server known to others by name. A name, not an address.
        public var serverName: String?

        /// Files by their paths; they are read when the first connection is made.
        public init(
            caFile: String? = nil, certificateFile: String? = nil, privateKeyFile: String? = nil,
            serverName: String? = nil
        ) {
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.privateKeyFile = privateKeyFile
            self.serverName = serverName
        }
    }

    /// A user of the store. The description hides the password.
    public struct Credentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
        /// The name, as `etcdctl user add` took it.
        public var user: String
        /// Sent to the servers of the client, and to nobody else.
        public var password: String

        /// A user and its password.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        /// The user, without the password.
        public var description: String { "user \(self.user)" }

        /// For `dump` and debuggers: the user, without the password.
        public var customMirror: Mirror { Mirror(self, children: ["user": self.user]) }
    }

    /// When a watch begins to doubt its connection.
    public struct WatchTiming: Hashable, Sendable {
        /// After so much silence the server is asked for its progress.
        public var silence: Duration
        /// Without an answer to that for so long, the connection is given up and made anew.
        public var answerTimeout: Duration

        /// Timing of these parts.
        public init(silence: Duration = .seconds(10), answerTimeout: Duration = .seconds(5)) {
            self.silence = silence
            self.answerTimeout = answerTimeout
        }
    }
}
