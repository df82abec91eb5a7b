extension EtcdServer {
    /// What a server needs to know.
    public struct Configuration: Sendable {
        /// The folder of the data; made if it is not there. One server at a time may use it.
        public var dataDirectory: String
        /// The address to listen on, as a number (`127.0.0.1`, `::1`) or a name.
        public var host: String
        /// The port; 0 lets the system choose one, see ``EtcdServer/listeningAddress``.
        public var port: Int
        /// Certificate and key; `nil` is plaintext.
        public var tls: TLS?
        /// Whether only users who have logged in may do anything. The first start makes the user `root` with a random
        /// password, which is in the file `root-password` of the data folder from then on. Without this, logins are what
        /// clients make of them: off, until an etcd client switches them on.
        public var requiresLogin = false
        /// A second address for clients that cannot log in; `nil` for none. Wants ``requiresLogin``.
        public var guests: Guests?
        /// What clients may use.
        public var limits: Limits

        /// A server on `host:port` with its data in `dataDirectory`.
        public init(
            dataDirectory: String, host: String = "127.0.0.1", port: Int = 2379, tls: TLS? = nil,
            limits: Limits = Limits()
        ) {
            self.dataDirectory = dataDirectory
            self.host = host
            self.port = port
            self.tls = tls
            self.limits = limits
        }
    }

    /// Where clients that cannot log in may read and watch, in plaintext, what one user may. They write nothing, and hear of
    /// no deletion, for the clients that this is for cannot read an empty value.
    public struct Guests: Sendable {
        /// The address to listen on, as a number or a name.
        public var host: String
        /// The port; 0 lets the system choose one, see ``EtcdServer/guestAddress``.
        public var port: Int
        /// The user whose permissions count for everybody who comes here, whatever token they bring.
        public var user: String

        /// Guests on `host:port`, who may read what `user` may.
        public init(host: String, port: Int, user: String) {
            self.host = host
            self.port = port
            self.user = user
        }
    }

    /// How the server proves who it is. All files are PEM.
    public struct TLS: Sendable {
        /// The certificate and those that vouch for it.
        public var certificateFile: String
        /// The certificate's key.
        public var privateKeyFile: String
        /// If set, a client must show a certificate that one of these vouches for; its common name is the user it
        /// is, unless it has logged in as another.
        public var clientAuthorityFile: String?

        /// TLS with the given files.
        public init(certificateFile: String, privateKeyFile: String, clientAuthorityFile: String? = nil) {
            self.certificateFile = certificateFile
            self.privateKeyFile = privateKeyFile
            self.clientAuthorityFile = clientAuthorityFile
        }
    }

    /// Bounds on what clients may use.
    public struct Limits: Sendable {
        /// How many connections may be open.
        public var connections = 16_384
        /// How many revisions stay readable. Older ones are compacted away as new ones are made, so that the store
        /// does not grow for ever; who falls further behind reads anew.
        public var retainedRevisions: Int64 = 10_000
        /// If set, history is kept for so long instead, however many revisions that is: what was made before is
        /// compacted away, within a tenth more than this.
        public var retainedAge: Duration?
        /// How many bytes keys, history and leases may take, as etcd counts them: the write that would cross it raises
        /// the alarm NOSPACE, and nothing is added until that is ended by hand. 0 is no bound.
        public var quotaBytes = 2 << 30
        /// How long a login lasts after it was last used.
        public var tokenLifetime = Duration.seconds(300)

        /// How slow passwords are to hash and to check: scrypt's cost as a power of 2. Less is for tests only.
        package var passwordLogRounds = PasswordHash.standardLogRounds

        /// The defaults.
        public init() {}
    }

    /// Where a server listens.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        /// The address as a number.
        public let host: String
        /// The port that was bound.
        public let port: Int

        /// `host:port`, or `[host]:port` for IPv6.
        public var description: String {
            self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
        }
    }
}
