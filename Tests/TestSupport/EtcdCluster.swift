import Foundation

/// Several genuine etcds that form one cluster, each of which a test can kill and start again on the same data.
public final class EtcdCluster: Sendable {
    /// One member.
    public struct Member: Sendable {
        /// Such as `m0`.
        public let name: String
        /// Where clients connect, on 127.0.0.1.
        public let port: Int
        /// Where other members connect, on 127.0.0.1.
        public let peerPort: Int

        /// Such as `http://127.0.0.1:12345`.
        public var endpoint: String { "http://127.0.0.1:\(self.port)" }
        /// Such as `http://127.0.0.1:12346`.
        public var peerURL: String { "http://127.0.0.1:\(self.peerPort)" }
    }

    private let release: EtcdRelease
    private let folder: String
    private let processes = Shared<[String: ChildProcess]>([:])
    private let known: Shared<[Member]>

    /// The members that the fixture started, running or not.
    public var members: [Member] { self.known.get() }

    private init(size: Int, release: EtcdRelease, folder: String) throws {
        self.release = release
        self.folder = folder
        self.known = Shared(try (0..<size).map { try Self.makeMember("m\($0)") })
    }

    /// Lends a cluster that has a leader to `body`; it is gone when this returns.
    public static func with<Result: Sendable>(
        size: Int, release: EtcdRelease = .v3_5, _ body: (EtcdCluster) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let cluster = try EtcdCluster(size: size, release: release, folder: folder)
            defer { for member in cluster.members { cluster.kill(member) } }
            for member in cluster.members { try cluster.launch(member, joins: false) }
            for member in cluster.members { try await cluster.waitUntilReady(member, timesBefore: 0) }
            return try await body(cluster)
        }
    }

    /// A place for one more member. Add it to the cluster by its peer URL, then ``start(_:joins:)`` it.
    public func reserveMember() throws -> Member {
        let member = try Self.makeMember("m\(self.members.count)")
        self.known.update { $0.append(member) }
        return member
    }

    /// Starts a member on the data it had, and waits until it serves.
    ///
    /// - Parameter joins: For the first start of a member that was added to a running cluster.
    public func start(_ member: Member, joins: Bool = false) async throws {
        let before = self.timesReady(member)
        try self.launch(member, joins: joins)
        try await self.waitUntilReady(member, timesBefore: before)
    }

    /// SIGKILL.
    public func kill(_ member: Member) {
        self.processes.update { $0.removeValue(forKey: member.name) }?.kill()
    }

    private func launch(_ member: Member, joins: Bool) throws {
        let cluster = self.members.map { "\($0.name)=\($0.peerURL)" }.joined(separator: ",")
        let process = try ChildProcess(
            self.release.etcd,
            [
                "--name=\(member.name)", "--data-dir=\(self.folder)/\(member.name)",
                "--listen-client-urls=\(member.endpoint)", "--advertise-client-urls=\(member.endpoint)",
                "--listen-peer-urls=\(member.peerURL)", "--initial-advertise-peer-urls=\(member.peerURL)",
                "--initial-cluster=\(cluster)", "--initial-cluster-state=\(joins ? "existing" : "new")",
                "--heartbeat-interval=50", "--election-timeout=500",
            ],
            log: self.log(member))
        self.processes.update { $0[member.name] = process }
    }

    private func waitUntilReady(_ member: Member, timesBefore: Int) async throws {
        try await eventually("\(member.name) serving", within: .seconds(40)) {
            guard self.processes.get()[member.name]?.isRunning == true else {
                throw NotInTime(description: "etcd ended:\n\(self.output(member).suffix(2000))")
            }
            return self.timesReady(member) > timesBefore
        }
    }

    private func log(_ member: Member) -> String { "\(self.folder)/\(member.name).log" }

    private func output(_ member: Member) -> String {
        (try? String(contentsOfFile: self.log(member), encoding: .utf8)) ?? ""
    }

    private func timesReady(_ member: Member) -> Int {
        self.output(member).components(separatedBy: "ready to serve client requests").count - 1
    }

    private static func makeMember(_ name: String) throws -> Member {
        let port = try FreePort.next()
        var peerPort = try FreePort.next()
        while peerPort == port { peerPort = try FreePort.next() }
        return Member(name: name, port: port, peerPort: peerPort)
    }
}
