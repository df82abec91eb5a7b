import EtcdServer
import Foundation
import TestSupport
import Testing

/// Clients that know nothing of this package have to find the store and etcd 3.5 alike.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct IndependentClientTests {
    /// What the script prints against both servers, etcd's first.
    private static func transcripts(of script: String) async throws -> (etcd: String, store: String) {
        let etcd = try await withTemporaryFolder { folder in
            var options = EtcdProcess.Options()
            options.release = .v3_5
            let etcd = try await EtcdProcess(folder: folder, options: options)
            defer { etcd.kill() }
            return try await self.run(script, port: etcd.port, folder: folder)
        }
        let store = try await withEmbeddedStore { address in
            try await withTemporaryFolder { try await self.run(script, port: address.port, folder: $0) }
        }
        return (etcd, store)
    }

    private static func run(_ script: String, port: Int, folder: String) async throws -> String {
        let file = "\(folder)/client.py"
        try Data(script.utf8).write(to: URL(filePath: file))
        let process = try ChildProcess(
            PythonTools.python, [file, String(port)], environment: ["GRPC_VERBOSITY": "NONE"],
            log: "\(folder)/client.log")
        let status = try await process.finished(within: .seconds(60))
        #expect(status == 0, "\(process.output)")
        return process.output
    }

    @Test func pythonsEtcd3CannotTellTheStoreFromEtcd() async throws {
        let (etcd, store) = try await Self.transcripts(of: Self.etcd3Script)
        #expect(store == etcd)
        #expect(etcd.contains("end of the script"))
    }

    @Test func grpcsOwnHealthCheckAndRawCallsAgree() async throws {
        let (etcd, store) = try await Self.transcripts(of: Self.grpcScript)
        #expect(store == etcd)
        #expect(etcd.contains("end of the script"))
    }

    private static let etcd3Script = """
        import queue, sys, threading
        import etcd3

        client = etcd3.client(host="127.0.0.1", port=int(sys.argv[1]), timeout=10)

        def show(name, value):
            print(name, value)

        def attempt(name, action):
            try:
                show(name, action())
            except Exception as error:
                show(name, (error.code().name, error.details()) if hasattr(error, "details") else repr(error))

        def pairs(found):
            return [(value, meta.key, meta.create_revision, meta.mod_revision, meta.version) for value, meta in found]

        for number in range(12):
            client.put("/photos/%02d" % number, "value %d" % number)
        show("get", pairs([client.get("/photos/03")]))
        show("missing", client.get("/photos/99"))
        show("prefix", pairs(client.get_prefix("/photos/")))
        show("sorted", pairs(client.get_prefix("/photos/", sort_order="descend", sort_target="mod")))
        show("range", pairs(client.get_range("/photos/02", "/photos/05")))
        show("keys only", [meta.key for _, meta in client.get_prefix("/photos/0", keys_only=True)])
        show("everything", len(list(client.get_all())))
        show("delete", client.delete("/photos/00"))
        show("delete of nothing", client.delete("/photos/00"))
        show("prev_kv", client.delete("/photos/01", prev_kv=True, return_response=True).prev_kvs[0].value)
        show("delete prefix", client.delete_prefix("/photos/1").deleted)
        show("replace", client.replace("/photos/02", "value 2", "changed"))
        show("replace of something else", client.replace("/photos/02", "value 2", "again"))
        show("put unless there", client.put_if_not_exists("/new", "1"))
        show("put unless there again", client.put_if_not_exists("/new", "2"))
        succeeded, answers = client.transaction(
            compare=[client.transactions.value("/new") == "1", client.transactions.version("/none") == 0,
                     client.transactions.create("/new") > 1],
            success=[client.transactions.put("/a", "1"), client.transactions.get("/new"),
                     client.transactions.delete("/photos/03")],
            failure=[client.transactions.put("/b", "1")])
        show("transaction", (succeeded, [type(answer).__name__ for answer in answers]))
        succeeded, answers = client.transaction(
            compare=[client.transactions.mod("/new") < 0], success=[], failure=[client.transactions.get("/a")])
        show("other branch", (succeeded, [pairs(answer) for answer in answers]))

        lease = client.lease(60)
        client.put("/leased", "1", lease=lease)
        show("lease keys", lease.keys)
        show("lease granted", lease.granted_ttl)
        show("lease refreshed", [answer.TTL for answer in lease.refresh()])
        lease.revoke()
        show("leased key", client.get("/leased"))
        attempt("a lease that is gone", lease.revoke)

        heard = queue.Queue()
        identifier = client.add_watch_prefix_callback("/watched/", heard.put)
        client.put("/watched/a", "1")
        client.put("/watched/a", "2")
        client.delete("/watched/a")
        events = []
        while len(events) < 3:
            events += heard.get(timeout=10).events
        show("events", [(type(event).__name__, event.key, event.value, event.version) for event in events])
        client.cancel_watch(identifier)
        past, cancel = client.watch("/new", start_revision=1)
        event = next(past)
        show("history", (event.key, event.value, event.create_revision, event.mod_revision))
        cancel()

        first = client.get("/new")[1].mod_revision
        client.compact(first)
        attempt("compacted twice", lambda: client.compact(first))
        attempt("in the future", lambda: client.compact(1000000))
        with client.lock("/the lock", ttl=10) as lock:
            show("locked", lock.is_acquired())
        show("released", lock.is_acquired())
        show("members", [(member.name != "", len(list(member.client_urls)) > 0) for member in client.members])
        status = client.status()
        show("status", (status.db_size > 0, status.leader is not None, status.raft_index > 0))
        show("hash", client.hash() >= 0)
        show("alarms", list(client.list_alarms()))
        client.defragment()
        attempt("an empty key", lambda: client.put("", "1"))
        attempt("a large value", lambda: client.put("/large", "x" * (2 * 1024 * 1024 - 1024)))
        print("end of the script")
        """

    /// Requests are written by hand: field numbers of the API, and nothing generated.
    private static let grpcScript = """
        import sys
        import grpc

        channel = grpc.insecure_channel("127.0.0.1:" + sys.argv[1])

        def call(method, request):
            try:
                answer, _ = channel.unary_unary(method).with_call(request, timeout=10)
                # Headers carry ids that differ, so only what follows them is looked at.
                return len(answer) > 0
            except grpc.RpcError as error:
                return (error.code().name, error.details())

        def health(service):
            try:
                return channel.unary_unary("/grpc.health.v1.Health/Check")(
                    bytes([10, len(service)]) + service if service else b"", timeout=10)
            except grpc.RpcError as error:
                return (error.code().name, error.details())

        for service in [b"", b"etcdserverpb.KV", b"nowhere"]:
            print("health", service, health(service))
        print("put", call("/etcdserverpb.KV/Put", bytes([10, 1, 97, 18, 1, 98])))
        print("no key", call("/etcdserverpb.KV/Put", b""))
        # What is wrong with it each Protobuf library says in its own words.
        print("not a message", call("/etcdserverpb.KV/Put", b"\\xff\\xff\\xff")[0])
        print("no such method", call("/etcdserverpb.KV/Nothing", b""))
        print("no such service", call("/etcdserverpb.Nothing/Put", b""))
        stream = channel.stream_stream("/etcdserverpb.Watch/Watch")(iter([bytes([10, 3, 10, 1, 97])]), timeout=10)
        print("watch", len(next(stream)) > 0)
        stream.cancel()
        print("end of the script")
        """
}
