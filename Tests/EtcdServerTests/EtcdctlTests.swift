import EtcdServer
import Foundation
import TestSupport
import Testing

/// What etcdctl, an independent client, makes of the embedded store, beside what it makes of a real etcd.
@Suite(.serialized)
struct EtcdctlTests {
    /// Commands, and what they read from stdin. The same for both servers; all answers have to be the same.
    private static let script: [(arguments: [String], input: String)] = [
        (["put", "a", "1"], ""), (["put", "b", "2"], ""), (["put", "b", "3", "--prev-kv"], ""),
        (["put", "dir/x", "x"], ""), (["put", "dir/y", "y"], ""), (["put", "dir0", "z"], ""),
        (["get", "a"], ""), (["get", "none"], ""), (["get", "dir/", "--prefix"], ""),
        (["get", "dir/", "--prefix", "--keys-only"], ""), (["get", "", "--prefix", "--limit=2"], ""),
        (["get", "", "--from-key", "--count-only", "--write-out=fields"], ""),
        (["get", "a", "dir/y"], ""), (["get", "", "--prefix", "--order=DESCEND", "--sort-by=VALUE"], ""),
        (["get", "b", "--rev=3"], ""), (["get", "b", "--rev=99"], ""), (["get", "b", "-w", "json"], ""),
        (["get", "", "--prefix", "--sort-by=MODIFY", "--order=ASCEND", "--limit=3", "-w", "json"], ""),
        (["put", "a", "", "--ignore-value"], ""), (["put", "none", "", "--ignore-value"], ""),
        (["put", "", "empty"], ""), (["put", "a", "x", "--lease=1234"], ""),
        (["lease", "grant", "100"], ""), (["lease", "timetolive", "4d2"], ""), (["lease", "revoke", "4d2"], ""),
        (["lease", "keep-alive", "--once", "4d2"], ""), (["lease", "list"], ""),
        (["del", "dir/x", "--prev-kv"], ""), (["del", "none"], ""), (["del", "dir/", "--prefix"], ""),
        (["txn"], "value(\"a\") = \"1\"\n\nput a changed\nget a\n\nput a other\n\n"),
        (["txn"], "value(\"a\") = \"1\"\n\nput a again\n\nget b\ndel b\nget b\n\n"),
        (
            ["txn"],
            "mod(\"none\") = \"0\"\nver(\"a\") > \"1\"\ncreate(\"a\") < \"9\"\n\nput t 1\n\n\n"
        ),
        (["txn"], "\nput t 1\nput t 2\n\n\n"), (["txn"], "\nput t 1\ndel t\n\n\n"),
        (["txn", "-w", "json"], "ver(\"t\") > \"0\"\n\nget t\nput u 1\ndel t\n\n\n"),
        (["get", "", "--prefix", "-w", "json"], ""),
        (["compaction", "5"], ""), (["compaction", "5"], ""), (["compaction", "999"], ""),
        (["get", "a", "--rev=4"], ""), (["get", "b", "--rev=5"], ""),
        (["get", "", "--prefix", "-w", "fields"], ""), (["alarm", "list"], ""), (["alarm", "disarm"], ""),
        (["endpoint", "hashkv"], ""), (["auth", "disable"], ""), (["move-leader", "1"], ""),
    ]

    /// With users: who may do what, and how the answers look.
    private static let authScript: [(arguments: [String], input: String)] = [
        (["user", "add", "root:secret"], ""), (["user", "add", "hall:sesame"], ""),
        (["user", "add", "hall:other"], ""),
        (["user", "add", "guest", "--no-password"], ""), (["user", "list"], ""), (["role", "list"], ""),
        (["role", "add", "halls"], ""), (["role", "add", "halls"], ""),
        (["role", "grant-permission", "halls", "readwrite", "hall/", "--prefix"], ""),
        (["role", "grant-permission", "halls", "read", "shared"], ""),
        (["role", "grant-permission", "halls", "write", "inbox", "inboy"], ""),
        (["role", "grant-permission", "none", "read", "x"], ""), (["role", "get", "halls"], ""),
        (["user", "grant-role", "hall", "halls"], ""), (["user", "grant-role", "hall", "none"], ""),
        (["user", "get", "hall"], ""), (["user", "get", "hall", "--detail"], ""), (["user", "get", "none"], ""),
        (["auth", "enable"], ""), (["--user", "root:secret", "auth", "enable"], ""),
        (["put", "hall/a", "1"], ""), (["--user", "hall:wrong", "put", "hall/a", "1"], ""),
        (["--user", "none:x", "put", "hall/a", "1"], ""), (["--user", "guest:x", "get", "a"], ""),
        (["--user", "hall:sesame", "put", "hall/a", "1"], ""),
        (["--user", "hall:sesame", "get", "hall/", "--prefix"], ""),
        (["--user", "hall:sesame", "get", "shared"], ""), (["--user", "hall:sesame", "put", "shared", "1"], ""),
        (["--user", "hall:sesame", "put", "inbox", "1"], ""), (["--user", "hall:sesame", "get", "inbox"], ""),
        (["--user", "hall:sesame", "put", "inbox", "1", "--prev-kv"], ""),
        (["--user", "hall:sesame", "get", "", "--prefix"], ""),
        (["--user", "hall:sesame", "del", "hall", "hall0"], ""),
        (["--user", "hall:sesame", "del", "hall/", "--prefix"], ""),
        (["--user", "hall:sesame", "txn"], "value(\"shared\") = \"1\"\n\nput hall/b 1\n\nput hall/c 1\n\n"),
        (["--user", "hall:sesame", "txn"], "value(\"secret\") = \"1\"\n\nput hall/b 1\n\n\n"),
        (["--user", "hall:sesame", "txn"], "\nput hall/b 1\n\nput secret 1\n\n"),
        (["--user", "root:secret", "compaction", "2"], ""), (["--user", "hall:sesame", "user", "list"], ""),
        (["--user", "hall:sesame", "user", "get", "hall"], ""), (["--user", "hall:sesame", "user", "get", "root"], ""),
        (["--user", "hall:sesame", "role", "get", "halls"], ""), (["--user", "hall:sesame", "auth", "disable"], ""),
        (["--user", "hall:sesame", "user", "passwd", "--interactive=false", "hall"], "new\n"),
        (["--user", "root:secret", "user", "passwd", "--interactive=false", "hall"], "new\n"),
        (["--user", "hall:sesame", "get", "hall/b"], ""), (["--user", "hall:new", "get", "hall/b"], ""),
        (["--user", "root:secret", "role", "revoke-permission", "halls", "shared"], ""),
        (["--user", "root:secret", "role", "revoke-permission", "halls", "shared"], ""),
        (["--user", "hall:new", "get", "shared"], ""),
        (["--user", "root:secret", "user", "revoke-role", "hall", "halls"], ""),
        (["--user", "hall:new", "get", "hall/b"], ""), (["--user", "root:secret", "user", "delete", "root"], ""),
        (["--user", "root:secret", "role", "delete", "root"], ""),
        (["--user", "root:secret", "user", "revoke-role", "root", "root"], ""),
        (["--user", "root:secret", "role", "delete", "halls"], ""),
        (["--user", "root:secret", "user", "delete", "hall"], ""),
        (["--user", "hall:new", "get", "hall/b"], ""), (["--user", "root:secret", "user", "list"], ""),
        (["--user", "root:secret", "alarm", "list"], ""), (["--user", "root:secret", "endpoint", "hashkv"], ""),
        (["--user", "root:secret", "auth", "disable"], ""), (["get", "hall/b"], ""),
    ]

    private static func transcript(
        endpoint: String, release: EtcdRelease, script: [(arguments: [String], input: String)]
    ) async throws -> [String] {
        let etcdctl = Etcdctl(endpoint: endpoint, release: release)
        var transcript: [String] = []
        for (arguments, input) in script {
            let answer = try await etcdctl.run(arguments, input: input)
            transcript.append(
                """
                $ etcdctl \(arguments.joined(separator: " "))
                \(Self.masked(answer.output, endpoint: endpoint))exit \(answer.status)
                """)
        }
        return transcript
    }

    /// Leaves out what differs between any two etcds: identities, leases the server chose, times, addresses, logins.
    private static func masked(_ output: String, endpoint: String) -> String {
        var output = output
        for (pattern, replacement) in [
            (#""(cluster_id|member_id)":\d+"#, #""$1":N"#), (#""(ClusterID|MemberID)" : \d+"#, #""$1" : N"#),
            (#"lease [0-9a-f]{12,16} "#, "lease ID "), (#"(leases\n)[0-9a-f]{12,16}"#, "$1ID"),
            (#"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"#, "TIME"), (#"\d{4}-\d\d-\d\dT[^ \t]*"#, "TIME"),
            (#""ts":"[^"]*""#, #""ts":T"#), (#""target":"[^"]*""#, #""target":T"#),
            (#""caller":"[^"]*""#, #""caller":C"#), (#"127\.0\.0\.1:\d+"#, "ADDRESS"),
            (#"etcd-endpoints://0x[0-9a-f]+"#, "etcd-endpoints://N"),
        ] {
            output = output.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
        }
        return output
    }

    @Test(.timeLimit(.minutes(5)), arguments: EtcdRelease.allCases)
    func aScriptOfCommandsGivesTheSameTranscriptAsOnEtcd(release: EtcdRelease) async throws {
        // Both releases' clients ask the same of users; once is enough.
        for script in release == .v3_5 ? [Self.script, Self.authScript] : [Self.script] {
            let expected = try await withRealEtcd(release, arguments: ["--bcrypt-cost=4"]) {
                try await Self.transcript(endpoint: $0, release: release, script: script)
            }
            let found = try await withEmbeddedStore {
                try await Self.transcript(endpoint: "http://\($0)", release: release, script: script)
            }
            for (expected, found) in zip(expected, found) { #expect(found == expected) }
        }
    }

    /// `lock` and `elect` run a command, or wait until they are told to stop; a second one waits for the first.
    @Test(.timeLimit(.minutes(5)), arguments: EtcdRelease.allCases)
    func locksAndElectionsAreHeldByOneAtATime(release: EtcdRelease) async throws {
        try await withTemporaryFolder { folder in
            try await withEmbeddedStore { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)", release: release)
                let first = try etcdctl.start(["lock", "door"], log: folder + "/first.log")
                try await eventually("the first lock") { first.output.hasPrefix("door/") }
                let second = try etcdctl.start(["lock", "door"], log: folder + "/second.log")
                try await eventually("the second waiting") {
                    try await etcdctl.run(["get", "door/", "--prefix", "--keys-only"]).output
                        .split(separator: "\n").count == 2
                }
                #expect(second.output.isEmpty)
                try await first.terminate(SIGINT)
                try await eventually("the second lock") { second.output.hasPrefix("door/") }
                try await second.terminate(SIGINT)
                let leader = try etcdctl.start(["elect", "chair", "ann"], log: folder + "/leader.log")
                try await eventually("a leader") { leader.output.contains("ann") }
                let observer = try etcdctl.start(["elect", "-l", "chair"], log: folder + "/observer.log")
                try await eventually("the leader seen") { observer.output.contains("ann") }
                let next = try etcdctl.start(["elect", "chair", "bob"], log: folder + "/next.log")
                try await eventually("the next waiting") {
                    try await etcdctl.run(["get", "chair/", "--prefix", "--keys-only"]).output
                        .split(separator: "\n").count == 2
                }
                try await leader.terminate(SIGINT)
                try await eventually("the next leader") {
                    observer.output.contains("bob") && next.output.contains("bob")
                }
                try await next.terminate(SIGINT)
                observer.kill()
            }
        }
    }

    /// A snapshot is saved, checked, and restored into a store with the same contents.
    @Test(.timeLimit(.minutes(5)), arguments: EtcdRelease.allCases)
    func aSavedSnapshotRestoresTheStore(release: EtcdRelease) async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/saved.db"
            let hash = try await withEmbeddedStore { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)", release: release)
                for round in 0..<30 {
                    let puts = (0..<100).map { "put k\($0) \(String(repeating: "v\(round)", count: 20))" }
                    _ = try await etcdctl.run(["txn"], input: "\n\(puts.joined(separator: "\n"))\n\n\n")
                }
                _ = try await etcdctl.run(["compaction", "9"])
                _ = try await etcdctl.run(["user", "add", "ann:1"])
                let saved = try await etcdctl.run(["snapshot", "save", file])
                #expect(saved.status == 0, "\(saved)")
                return try await etcdctl.run(["endpoint", "hashkv", "-w", "fields"]).output
            }
            let size = try #require(try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int)
            #expect(size % 512 == 32)
            let summary = try EtcdServer.inspect(snapshot: file)
            #expect(summary.revision == 31)
            #expect(summary.compactedRevision == 9)
            #expect(summary.keyCount == 100)
            #expect(try EtcdServer.restore(snapshot: file, into: folder + "/restored") == summary)
            #expect(throws: EtcdServerError.self) { try EtcdServer.restore(snapshot: file, into: folder + "/restored") }
            try await withEmbeddedStore(folder: folder + "/restored") { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)", release: release)
                let restored = try await etcdctl.run(["endpoint", "hashkv", "-w", "fields"]).output
                let lines = { (text: String) in text.split(separator: "\n").filter { $0.contains("Hash") } }
                #expect(lines(restored) == lines(hash))
                #expect(try await etcdctl.run(["user", "list"]).output == "ann\n")
            }
            // One byte, anywhere.
            var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            for offset in [0, 20, 40, bytes.count / 2, bytes.count - 1] {
                bytes[offset] ^= 1
                try bytes.write(to: URL(fileURLWithPath: folder + "/damaged.db"))
                let error = #expect(throws: EtcdServerError.self) {
                    try EtcdServer.restore(snapshot: folder + "/damaged.db", into: folder + "/other")
                }
                #expect(error?.code == .corrupt)
                bytes[offset] ^= 1
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aSnapshotOfEtcdItselfIsToldApart() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/etcd.db"
            try await withRealEtcd(.v3_5) { endpoint in
                _ = try await Etcdctl(endpoint: endpoint, release: .v3_5).run(["snapshot", "save", file])
            }
            let error = #expect(throws: EtcdServerError.self) { try EtcdServer.inspect(snapshot: file) }
            #expect(error?.code == .unsupported)
        }
    }

    /// An etcd and a store, each filled from the other.
    @Test(.timeLimit(.minutes(5)))
    func aMirrorOfEitherIsMadeInTheOther() async throws {
        try await withTemporaryFolder { folder in
            try await withRealEtcd(.v3_5) { real in
                try await withEmbeddedStore { address in
                    let ours = "http://\(address)"
                    for (source, target) in [(real, ours), (ours, real)] {
                        let from = Etcdctl(endpoint: source, release: .v3_5)
                        let to = Etcdctl(endpoint: target, release: .v3_5)
                        let prefix = "m\(source.suffix(4))/"
                        for index in 0..<5 { _ = try await from.run(["put", "\(prefix)\(index)", "before"]) }
                        let mirror = try from.start(
                            ["make-mirror", "--prefix", prefix, target], log: "\(folder)/\(prefix.dropLast()).log")
                        try await eventually("the keys that were there") {
                            try await to.run(["get", prefix, "--prefix", "--count-only", "-w", "fields"]).output
                                .contains("\"Count\" : 5")
                        }
                        _ = try await from.run(["put", "\(prefix)6", "later"])
                        try await eventually("a later change") {
                            try await to.run(["get", "\(prefix)6"]).output.contains("later")
                        }
                        mirror.kill()
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func theChecksOfEtcdctlFinish() async throws {
        try await withEmbeddedStore { address in
            let etcdctl = Etcdctl(endpoint: "http://\(address)", release: .v3_5)
            // It reads the memory in use from /metrics.
            let datascale = try await etcdctl.run(["check", "datascale", "--load=s"])
            #expect(datascale.output.contains("PASS: Approximate system memory used"), "\(datascale)")
        }
    }

    /// Alarms by hand and by quota, as etcd shows them.
    @Test(.timeLimit(.minutes(5)))
    func alarmsAreRaisedShownAndEnded() async throws {
        var limits = EtcdServer.Limits()
        limits.quotaBytes = 4_000
        try await withEmbeddedStore(limits: limits) { address in
            let etcdctl = Etcdctl(endpoint: "http://\(address)", release: .v3_5)
            let value = String(repeating: "v", count: 1_500)
            var answers: [String] = []
            for index in 0..<4 { answers.append(try await etcdctl.run(["put", "k\(index)", value]).output) }
            #expect(answers.last?.contains("etcdserver: mvcc: database space exceeded") == true, "\(answers)")
            #expect(try await etcdctl.run(["alarm", "list"]).output.contains("alarm:NOSPACE"))
            #expect(try await etcdctl.run(["endpoint", "status", "-w", "json"]).output.contains("alarm:NOSPACE "))
            #expect(try await etcdctl.run(["endpoint", "health"]).output.contains("NOSPACE"))
            #expect(try await etcdctl.run(["del", "k", "--prefix"]).status == 0)
            #expect(try await etcdctl.run(["put", "small", "v"]).output.contains("space exceeded"))
            _ = try await etcdctl.run(["compaction", "4"])
            #expect(try await etcdctl.run(["alarm", "disarm"]).output.contains("alarm:NOSPACE"))
            #expect(try await etcdctl.run(["put", "small", "v"]).status == 0)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func statusHealthAndMembersAreAnswered() async throws {
        try await withEmbeddedStore { address in
            let etcdctl = Etcdctl(endpoint: "http://\(address)")
            let health = try await etcdctl.run(["endpoint", "health"])
            #expect(health.output.contains("is healthy"), "\(health)")
            let status = try await etcdctl.run(["endpoint", "status", "-w", "json"])
            #expect(status.output.contains("\"version\":\"3."), "\(status)")
            let cluster = try await etcdctl.run(["endpoint", "status", "--cluster", "-w", "fields"])
            #expect(cluster.status == 0, "\(cluster)")
            let members = try await etcdctl.run(["member", "list"])
            #expect(members.output.contains("http://\(address)"), "\(members)")
            let defrag = try await etcdctl.run(["defrag"])
            #expect(defrag.status == 0, "\(defrag)")
            let user = try await etcdctl.run(["--user", "a:b", "get", "a"])
            #expect(user.output.contains("authentication is not enabled"), "\(user)")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aWatchHearsMoreThanAThousandEventsOnOneConnection() async throws {
        try await withTemporaryFolder { folder in
            try await withEmbeddedStore { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)")
                let watch = try etcdctl.start(["watch", "", "--prefix", "--rev=1"], log: folder + "/watch.log")
                // Twelve transactions of a hundred puts and a hundred single puts, each an event of its own.
                let commands = (0..<12).map { round in
                    (0..<100).map { "put k\(round)-\($0) v" }.joined(separator: "\n")
                }
                for command in commands { _ = try await etcdctl.run(["txn"], input: "\n\(command)\n\n\n") }
                for index in 0..<20 { _ = try await etcdctl.run(["put", "single\(index)", "v"]) }
                _ = try await etcdctl.run(["put", "end", "v"])
                try await eventually("all events; so far \(watch.output.count) characters") {
                    watch.output.contains("end")
                }
                #expect(watch.output.split(separator: "\n").count { $0 == "PUT" } == 1_221)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func aLeaseKeptAliveHoldsItsKeyAndALeaseLeftAloneDoesNot() async throws {
        try await withTemporaryFolder { folder in
            try await withEmbeddedStore { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)")
                func grant() async throws -> String {
                    let answer = try await etcdctl.run(["lease", "grant", "2"])
                    return String(answer.output.split(separator: " ")[1])
                }
                let kept = try await grant()
                let keeper = try etcdctl.start(["lease", "keep-alive", kept], log: folder + "/keeper.log")
                let left = try await grant()
                _ = try await etcdctl.run(["put", "kept", "v", "--lease=\(kept)"])
                _ = try await etcdctl.run(["put", "left", "v", "--lease=\(left)"])
                try await eventually("the expiry of the lease left alone") {
                    try await etcdctl.run(["get", "left"]).output.isEmpty
                }
                let alive = try await etcdctl.run(["get", "kept"])
                #expect(alive.output == "kept\nv\n")
                let status = try await etcdctl.run(["lease", "timetolive", kept, "--keys"])
                #expect(status.output.contains("attached keys([kept])"), "\(status)")
                let gone = try await etcdctl.run(["lease", "timetolive", left])
                #expect(gone.output.contains("already expired"), "\(gone)")
                #expect(keeper.isRunning)
                _ = try await etcdctl.run(["lease", "revoke", kept])
                let revoked = try await etcdctl.run(["get", "kept"])
                #expect(revoked.output.isEmpty)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func everythingIsThereAfterARestart() async throws {
        try await withTemporaryFolder { folder in
            try await withEmbeddedStore(folder: folder) { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)")
                _ = try await etcdctl.run(["put", "a", "1"])
                _ = try await etcdctl.run(["put", "a", "2"])
            }
            try await withEmbeddedStore(folder: folder) { address in
                let etcdctl = Etcdctl(endpoint: "http://\(address)")
                let newest = try await etcdctl.run(["get", "a"])
                #expect(newest.output == "a\n2\n")
                let older = try await etcdctl.run(["get", "a", "--rev=2"])
                #expect(older.output == "a\n1\n")
            }
        }
    }
}
