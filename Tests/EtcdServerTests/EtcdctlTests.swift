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

    private static func transcript(endpoint: String) async throws -> [String] {
        let etcdctl = Etcdctl(endpoint: endpoint)
        var transcript: [String] = []
        for (arguments, input) in Self.script {
            let answer = try await etcdctl.run(arguments, input: input)
            transcript.append(
                """
                $ etcdctl \(arguments.joined(separator: " "))
                \(Self.masked(answer.output, endpoint: endpoint))exit \(answer.status)
                """)
        }
        return transcript
    }

    /// Leaves out what differs between any two etcds: identities, leases the server chose, times, addresses.
    private static func masked(_ output: String, endpoint: String) -> String {
        var output = output
        for (pattern, replacement) in [
            (#""(cluster_id|member_id)":\d+"#, #""$1":N"#), (#""(ClusterID|MemberID)" : \d+"#, #""$1" : N"#),
            (#"lease [0-9a-f]{12,16} "#, "lease ID "), (#"(leases\n)[0-9a-f]{12,16}"#, "$1ID"),
            (#"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"#, "TIME"),
            (#""ts":"[^"]*""#, #""ts":T"#), (#""target":"[^"]*""#, #""target":T"#),
            (#""caller":"[^"]*""#, #""caller":C"#), (#"127\.0\.0\.1:\d+"#, "ADDRESS"),
        ] {
            output = output.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
        }
        return output
    }

    @Test(.timeLimit(.minutes(2)))
    func aScriptOfCommandsGivesTheSameTranscriptAsOnEtcd() async throws {
        let expected = try await withRealEtcd { try await Self.transcript(endpoint: $0) }
        let found = try await withEmbeddedStore { try await Self.transcript(endpoint: "http://\($0)") }
        for (expected, found) in zip(expected, found) { #expect(found == expected) }
    }

    @Test(.timeLimit(.minutes(1)))
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

    @Test(.timeLimit(.minutes(2)))
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

    @Test(.timeLimit(.minutes(1)))
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

    @Test(.timeLimit(.minutes(1)))
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
