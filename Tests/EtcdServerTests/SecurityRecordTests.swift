import EtcdServer
import EtcdTransport
import EtcdWire
import Foundation
import Logging
import NIOCore
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What went wrong in etcd once, by the names it is known by: none of it may go wrong here.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct SecurityRecordTests {
    /// A store with root, and with a user `hall` who may read and write `hall/…`, write `inbox`, and read `shared`.
    private func withUsers(
        configure: @Sendable @escaping (inout EtcdServer.Configuration) -> Void = { _ in },
        _ body: @Sendable @escaping (_ client: RawClient, _ root: String, _ hall: String) async throws -> Void
    ) async throws {
        try await withEmbeddedStore(configure: configure) { address in
            let client = try await RawClient.connect(port: address.port)
            try await client.addUser("hall", password: "hall-secret")
            var role = Etcdserverpb_AuthRoleAddRequest()
            role.name = "hall"
            try await client.must("Auth/RoleAdd", role)
            for (key, end, access) in [
                ("hall/", "hall0", .readwrite), ("inbox", "", .write), ("shared", "", .read), ("point", "", .readwrite),
            ] as [(String, String, Authpb_Permission.TypeEnum)] {
                var grant = Etcdserverpb_AuthRoleGrantPermissionRequest()
                grant.name = "hall"
                grant.perm.key = Data(key.utf8)
                grant.perm.rangeEnd = Data(end.utf8)
                grant.perm.permType = access
                try await client.must("Auth/RoleGrantPermission", grant)
            }
            try await client.grantRole("hall", to: "hall")
            let root = try await client.switchLoginOn(rootPassword: "root-secret")
            let hall = try await client.logIn("hall", "hall-secret")
            try await body(client, root, hall)
            await client.close()
        }
    }

    private enum Need { case anybody, root }

    /// CVE-2026-33413: calls that asked nobody who they are.
    @Test func everyCallAsksWhoIsCalling_CVE_2026_33413() async throws {
        try await self.withUsers { client, root, hall in
            var compact = Etcdserverpb_CompactionRequest()
            compact.revision = 1
            var move = Etcdserverpb_MoveLeaderRequest()
            move.targetID = 1
            var activate = Etcdserverpb_AlarmRequest()
            activate.action = .activate
            var peer = Etcdserverpb_MemberAddRequest()
            peer.peerUrls = ["http://127.0.0.1:1"]
            let calls: [(String, any Message & Sendable, Need)] = [
                ("Cluster/MemberList", Etcdserverpb_MemberListRequest(), .anybody),
                ("Cluster/MemberAdd", peer, .root), ("Cluster/MemberRemove", Etcdserverpb_MemberRemoveRequest(), .root),
                ("Cluster/MemberUpdate", Etcdserverpb_MemberUpdateRequest(), .root),
                ("Cluster/MemberPromote", Etcdserverpb_MemberPromoteRequest(), .root),
                ("Maintenance/Status", Etcdserverpb_StatusRequest(), .anybody),
                ("Maintenance/Alarm", Etcdserverpb_AlarmRequest(), .anybody), ("Maintenance/Alarm", activate, .root),
                ("Maintenance/Defragment", Etcdserverpb_DefragmentRequest(), .root),
                ("Maintenance/Hash", Etcdserverpb_HashRequest(), .root),
                ("Maintenance/HashKV", Etcdserverpb_HashKVRequest(), .root),
                ("Maintenance/Snapshot", Etcdserverpb_SnapshotRequest(), .root),
                ("Maintenance/MoveLeader", move, .root),
                ("Maintenance/Downgrade", Etcdserverpb_DowngradeRequest(), .root),
                ("KV/Compact", compact, .root), ("Lease/LeaseGrant", Etcdserverpb_LeaseGrantRequest(), .anybody),
                ("Lease/LeaseRevoke", Etcdserverpb_LeaseRevokeRequest(), .anybody),
                ("Lease/LeaseTimeToLive", Etcdserverpb_LeaseTimeToLiveRequest(), .anybody),
                ("Lease/LeaseLeases", Etcdserverpb_LeaseLeasesRequest(), .anybody),
                ("Auth/AuthStatus", Etcdserverpb_AuthStatusRequest(), .root),
                ("Auth/AuthEnable", Etcdserverpb_AuthEnableRequest(), .root),
                ("Auth/AuthDisable", Etcdserverpb_AuthDisableRequest(), .root),
                ("Auth/UserAdd", Etcdserverpb_AuthUserAddRequest(), .root),
                ("Auth/UserList", Etcdserverpb_AuthUserListRequest(), .root),
                ("Auth/RoleList", Etcdserverpb_AuthRoleListRequest(), .root),
            ]
            for (path, request, need) in calls {
                let nobody = await client.refusal(path, request)
                #expect(nobody == GRPCStatus(.invalidArgument, "etcdserver: user name is empty"), "\(path)")
                let forged = await client.refusal(path, request, token: "ABCDEFGHIJKLMNOP.7")
                #expect(forged == GRPCStatus(.unauthenticated, "etcdserver: invalid auth token"), "\(path)")
                guard path != "Auth/AuthDisable", path != "Maintenance/Snapshot" else { continue }
                let other = await client.refusal(path, request, token: hall)
                let denied = GRPCStatus(.permissionDenied, "etcdserver: permission denied")
                if need == .root { #expect(other == denied, "\(path)") } else { #expect(other != denied, "\(path)") }
                #expect(await client.refusal(path, request, token: root) != denied, "\(path)")
            }
            // A lease's keys are the user's to write, or the lease is not.
            var grant = Etcdserverpb_LeaseGrantRequest()
            grant.id = 7
            grant.ttl = 100
            try await client.must("Lease/LeaseGrant", grant, token: hall)
            try await client.must("KV/Put", client.put("secret", lease: 7), token: root)
            var revoke = Etcdserverpb_LeaseRevokeRequest()
            revoke.id = 7
            var keys = Etcdserverpb_LeaseTimeToLiveRequest()
            keys.id = 7
            keys.keys = true
            for (path, request) in [
                ("Lease/LeaseRevoke", revoke), ("Lease/LeaseTimeToLive", keys),
                ("Lease/LeaseLeases", Etcdserverpb_LeaseLeasesRequest()), ("KV/Put", client.put("hall/a", lease: 7)),
            ] as [(String, any Message & Sendable)] {
                #expect(await client.refusal(path, request, token: hall)?.code == .permissionDenied, "\(path)")
                #expect(await client.refusal(path, request, token: "x.1")?.code == .unauthenticated, "\(path)")
            }
            let renewal = client.openStream("/etcdserverpb.Lease/LeaseKeepAlive", token: hall)
            var renew = Etcdserverpb_LeaseKeepAliveRequest()
            renew.id = 7
            try renewal.send(renew)
            let failure = await #expect(throws: GRPCCallFailure.self) { try await renewal.next(within: .seconds(60)) }
            #expect(failure?.status.code == .permissionDenied)
        }
    }

    /// CVE-2026-33343: a transaction inside a transaction could do what its user may not.
    @Test func nestedTransactionsAskForEveryPermission_CVE_2026_33343() async throws {
        try await self.withUsers { client, root, hall in
            func operation(_ body: (inout Etcdserverpb_RequestOp) -> Void) -> Etcdserverpb_RequestOp {
                var operation = Etcdserverpb_RequestOp()
                body(&operation)
                return operation
            }
            let forbidden = [
                operation { $0.requestPut = client.put("secret") },
                operation { $0.requestRange.key = Data("secret".utf8) },
                operation { $0.requestRange.key = Data("inbox".utf8) },
                operation { $0.requestDeleteRange.key = Data("shared".utf8) },
                operation {
                    var compare = Etcdserverpb_Compare()
                    compare.key = Data("secret".utf8)
                    $0.requestTxn.compare = [compare]
                },
            ]
            for bad in forbidden {
                for depth in 0..<4 {
                    for isElse in [false, true] {
                        var txn = Etcdserverpb_TxnRequest()
                        if isElse { txn.failure = [bad] } else { txn.success = [bad] }
                        for _ in 0..<depth {
                            var outer = Etcdserverpb_TxnRequest()
                            outer.failure = [operation { $0.requestTxn = txn }]
                            txn = outer
                        }
                        let refusal = await client.refusal("KV/Txn", txn, token: hall)
                        #expect(refusal?.code == .permissionDenied, "depth \(depth): \(bad)")
                    }
                }
            }
        }
    }

    /// etcd#21681: what a nested put wants besides the write: the value before, and a lease.
    @Test func nestedPutsAskForWhatTheyReadAndAttach_etcd_21681() async throws {
        try await self.withUsers { client, root, hall in
            var grant = Etcdserverpb_LeaseGrantRequest()
            grant.id = 7
            grant.ttl = 100
            try await client.must("Lease/LeaseGrant", grant, token: root)
            try await client.must("KV/Put", client.put("secret", lease: 7), token: root)
            var reading = client.put("inbox")
            reading.prevKv = true
            for put in [reading, client.put("hall/a", lease: 7)] {
                var operation = Etcdserverpb_RequestOp()
                operation.requestPut = put
                var inner = Etcdserverpb_TxnRequest()
                inner.success = [operation]
                var nested = Etcdserverpb_RequestOp()
                nested.requestTxn = inner
                var outer = Etcdserverpb_TxnRequest()
                outer.success = [nested]
                for request in [inner, outer] {
                    #expect(await client.refusal("KV/Txn", request, token: hall)?.code == .permissionDenied)
                }
                #expect(await client.refusal("KV/Put", put, token: hall)?.code == .permissionDenied)
            }
            #expect(await client.refusal("KV/Put", client.put("inbox"), token: hall) == nil)
        }
    }

    /// GHSA-xg4h-6gfc-h4m8: a watch of "this key and all after it" passed as one of this key.
    @Test func aWatchOfARangeNeedsAllOfIt_GHSA_xg4h() async throws {
        try await self.withUsers { client, root, hall in
            for (key, end, isAllowed) in [
                ("point", [], true), ("point", [0], false), ("point", Array("poinu".utf8), false),
                ("hall/", Array("hall0".utf8), true), ("hall/", [0], false), ("", [0], false), ("", [], false),
                ("shared", [], true), ("inbox", [], false),
            ] as [(String, [UInt8], Bool)] {
                let stream = client.openStream("/etcdserverpb.Watch/Watch", token: hall)
                var request = Etcdserverpb_WatchRequest()
                request.createRequest.key = Data(key.utf8)
                request.createRequest.rangeEnd = Data(end)
                try stream.send(request)
                let message = try #require(try await stream.next(within: .seconds(60)).first)
                let response = try GRPCMessageCoding.decode(Etcdserverpb_WatchResponse.self, from: message)
                #expect(response.created)
                #expect(response.canceled == !isAllowed, "\(key) \(end)")
                if !isAllowed {
                    #expect(response.watchID == -1)
                    #expect(
                        response.cancelReason
                            == "rpc error: code = PermissionDenied desc = etcdserver: permission denied")
                }
                stream.cancel()
            }
            // Without a login, and with one that never was.
            for (token, reason) in [
                (nil, "rpc error: code = InvalidArgument desc = etcdserver: user name is empty"),
                ("x.1", "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token"),
            ] {
                let stream = client.openStream("/etcdserverpb.Watch/Watch", token: token)
                var request = Etcdserverpb_WatchRequest()
                request.createRequest.key = Data("point".utf8)
                try stream.send(request)
                let message = try #require(try await stream.next(within: .seconds(60)).first)
                let response = try GRPCMessageCoding.decode(Etcdserverpb_WatchResponse.self, from: message)
                #expect(response.cancelReason == reason)
                stream.cancel()
            }
        }
    }

    /// CVE-2021-28235: passwords could be read from debug output. There is none; and they are in no file either.
    @Test func passwordsAreNeitherLoggedNorShownNorKept_CVE_2021_28235() async throws {
        let logged = Shared("")
        try await withTemporaryFolder { folder in
            var logger = Logger(label: "store") { _ in RecordingLogHandler(text: logged) }
            logger.logLevel = .trace
            let server = try EtcdServer(
                configuration: .init(dataDirectory: folder + "/store", port: 0), logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                let address = try await server.listeningAddress
                let client = try await RawClient.connect(port: address.port)
                let token = try await client.switchLoginOn(rootPassword: "correct-horse")
                await #expect(throws: GRPCStatus.self) { try await client.logIn("root", "battery-staple") }
                for path in ["/metrics", "/debug/requests", "/debug/vars", "/health", "/version"] {
                    let page = try await HTTPPage.get("http://\(address)\(path)")
                    #expect(!page.body.contains("correct-horse") && !page.body.contains(token))
                    #expect(page.status == (path.hasPrefix("/debug") ? 404 : 200), "\(path)")
                }
                await client.close()
                group.cancelAll()
                try? await group.waitForAll()
            }
            for file in try FileManager.default.contentsOfDirectory(atPath: folder + "/store") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/store/" + file))
                #expect(bytes.range(of: Data("correct-horse".utf8)) == nil, "\(file)")
            }
        }
        #expect(!logged.get().isEmpty)
        #expect(!logged.get().contains("correct-horse"))
        #expect(!logged.get().contains("battery-staple"))
    }

    /// GHSA-6vch-q96h-7gc3: clients that never finish their TLS handshake kept all others out.
    @Test func unfinishedHandshakesKeepNobodyOut_GHSA_6vch() async throws {
        try await withTemporaryFolder { folder in
            let certificates = try OwnCertificates(folder: folder + "/tls", hosts: [])
            let configure: @Sendable (inout EtcdServer.Configuration) -> Void = { configuration in
                configuration.tls = .init(
                    certificateFile: certificates.certificateFile, privateKeyFile: certificates.privateKeyFile)
            }
            try await withEmbeddedStore(configure: configure) { address in
                let silent = (0..<200).map { _ in RawSocket(port: address.port) }
                #expect(silent.allSatisfy { $0.isConnected })
                let etcdctl = Etcdctl(endpoint: "https://\(address)", release: .v3_5)
                let answer = try await etcdctl.run(["--cacert", certificates.authorityFile, "put", "a", "1"])
                #expect(answer.output == "OK\n")
                // Without the authority nobody is believed.
                let stranger = try await etcdctl.run(["--dial-timeout=1s", "--command-timeout=2s", "get", "a"])
                #expect(stranger.status != 0)
                // And they are let go of.
                try await eventually("the silent ones being closed", within: .seconds(30)) {
                    silent.allSatisfy { $0.isClosedByPeer }
                }
            }
        }
    }
}

private struct RecordingLogHandler: LogHandler {
    let text: Shared<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(text: Shared<String>) { self.text = text }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.text.update { $0 += "\(event.message) \(event.metadata ?? [:])\n" }
    }
}
