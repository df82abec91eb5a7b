import EtcdServer
import EtcdTransport
import EtcdWire
import Foundation
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

/// The same users, roles, permissions and requests on etcd 3.5 and on the embedded store: who may do what has to be the
/// same, in the same words. Where the rules have become stricter since that etcd, nothing is asked: see AuthTests.
@Suite(.serialized)
struct AuthDifferentialTests {
    /// Replay a seed with `VITRINE_SOAK_SEED=… swift test --filter AuthDifferentialTests`.
    @Test(.timeLimit(.minutes(60)))
    func whoMayDoWhatIsDecidedAsByEtcd() async throws {
        for seed in SoakSeeds.all {
            print("auth differential test: seed \(seed)")
            try await withRealEtcd(.v3_5, arguments: ["--bcrypt-cost=4"]) { endpoint in
                let etcdPort = try #require(Int(endpoint.split(separator: ":").last ?? ""))
                try await withEmbeddedStore { address in
                    try await Self.compare(etcdPort, address.port, seed: seed, operationCount: 500)
                }
            }
        }
    }

    private static func compare(_ etcdPort: Int, _ ourPort: Int, seed: UInt64, operationCount: Int) async throws {
        let etcd = AuthenticatedClient(try await RawClient.connect(port: etcdPort))
        let ours = AuthenticatedClient(try await RawClient.connect(port: ourPort))
        var operations = RandomAuthOperations(seed: seed)
        var outcomes: [String: Int] = [:]
        for number in 0..<operationCount {
            let call = operations.next(number)
            async let expected = call(etcd)
            async let found = call(ours)
            let pair = await (expected, found)
            guard pair.0 == pair.1 else {
                Issue.record("seed \(seed), operation \(number):\netcd: \(pair.0)\nours: \(pair.1)")
                return
            }
            let outcome = pair.0.components(separatedBy: " -> ").last ?? ""
            outcomes[outcome.hasPrefix("header") || outcome.isEmpty ? "ok" : outcome, default: 0] += 1
        }
        // Were all of one kind, little would be compared.
        #expect(outcomes["ok", default: 0] > operationCount / 20, "\(outcomes)")
        let denied = outcomes["permissionDenied: etcdserver: permission denied", default: 0]
        #expect(denied > operationCount / 20, "\(outcomes)")
        await etcd.client.close()
        await ours.client.close()
    }
}

/// A client that acts for several users.
final class AuthenticatedClient: Sendable {
    let client: RawClient
    private let tokens = Mutex<[String: String]>([:])

    init(_ client: RawClient) { self.client = client }

    /// Logs in and keeps the token.
    func logIn(_ user: String, _ password: String) async -> GRPCStatus? {
        var request = Etcdserverpb_AuthenticateRequest()
        request.name = user
        request.password = password
        switch await self.client.call(
            "/etcdserverpb.Auth/Authenticate", request, Etcdserverpb_AuthenticateResponse.self)
        {
        case .success(let response):
            self.tokens.withLock { $0[user] = response.token }
            return nil
        case .failure(let status): return status
        }
    }

    /// The token of a user who has logged in once, whether it still counts or not.
    func token(_ user: String?) -> String? { user.flatMap { user in self.tokens.withLock { $0[user] } } }
}

/// Random changes of users and roles, and requests by all of them; the same for the same seed.
private struct RandomAuthOperations {
    private var generator: SeededGenerator
    private static let users = ["u1", "u2", "u3", "u4"]
    private static let roles = ["r1", "r2", "r3", "r4"]
    private static let keys = ["a", "a/1", "a/2", "b", "b/x", "c", "d"].map { Data($0.utf8) }
    typealias Operation = @Sendable (AuthenticatedClient) async -> String

    init(seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    mutating func next(_ number: Int) -> Operation {
        // First somebody to switch it on as, and some to try it.
        switch number {
        case 0: return Self.call("Auth/AuthEnable", Etcdserverpb_AuthEnableRequest(), by: nil)
        case 1: return Self.userAdd("root", by: nil)
        case 2: return Self.call("Auth/AuthEnable", Etcdserverpb_AuthEnableRequest(), by: nil)
        case 3: return Self.grant("root", "root", by: nil)
        case 4: return Self.userAdd("u1", by: nil)
        case 5: return Self.userAdd("u2", by: nil)
        case 6: return Self.call("Auth/AuthEnable", Etcdserverpb_AuthEnableRequest(), by: nil)
        case 7: return Self.logIn("root", "root")
        case 8: return Self.logIn("u1", "u1")
        case 9: return Self.logIn("u2", "u2")
        // Enough of what is allowed and of what is not, whatever the seed makes of the rest.
        case 10..<110: return self.request(by: number % 2 == 0 ? "root" : "u1")
        default: break
        }
        switch self.generator.number(0...99) {
        case 0..<4: return self.login()
        case 4..<32: return self.administration()
        case 32..<40: return self.look()
        default: return self.request(by: self.generator.pick(Self.users + ["u1", "u2", "root", nil]))
        }
    }

    private mutating func login() -> Operation {
        let user = self.generator.pick(Self.users + ["root"])
        return Self.logIn(user, self.generator.chance(85) ? user : "wrong")
    }

    /// Mostly root, sometimes somebody who may not.
    private mutating func administrator() -> String? {
        self.generator.chance(88) ? "root" : self.generator.pick(Self.users + [nil])
    }

    private mutating func administration() -> Operation {
        let by = self.administrator()
        let user = self.generator.pick(Self.users)
        let role = self.generator.pick(Self.roles)
        switch self.generator.number(0...99) {
        case 0..<5: return Self.userAdd(self.generator.chance(90) ? user : "", by: by)
        case 5..<8:
            var request = Etcdserverpb_AuthUserDeleteRequest()
            request.name = self.generator.chance(90) ? user : "root"
            return Self.call("Auth/UserDelete", request, by: by)
        case 8..<11:
            var request = Etcdserverpb_AuthUserChangePasswordRequest()
            request.name = user
            request.password = user
            return Self.call("Auth/UserChangePassword", request, by: by)
        case 11..<28: return Self.grant(user, self.generator.chance(92) ? role : "root", by: by)
        case 28..<38:
            var request = Etcdserverpb_AuthUserRevokeRoleRequest()
            request.name = self.generator.chance(90) ? user : "root"
            request.role = self.generator.chance(80) ? role : "root"
            return Self.call("Auth/UserRevokeRole", request, by: by)
        case 38..<46:
            var request = Etcdserverpb_AuthRoleAddRequest()
            request.name = self.generator.chance(95) ? role : ""
            return Self.call("Auth/RoleAdd", request, by: by)
        case 46..<49:
            var request = Etcdserverpb_AuthRoleDeleteRequest()
            request.role = self.generator.chance(95) ? role : "root"
            return Self.call("Auth/RoleDelete", request, by: by)
        case 49..<85:
            var request = Etcdserverpb_AuthRoleGrantPermissionRequest()
            request.name = role
            if self.generator.chance(97) {
                request.perm.permType = self.generator.pick([.read, .write, .readwrite])
                (request.perm.key, request.perm.rangeEnd) = self.permissionRange()
            }
            return Self.call("Auth/RoleGrantPermission", request, by: by)
        default:
            var request = Etcdserverpb_AuthRoleRevokePermissionRequest()
            request.role = role
            (request.key, request.rangeEnd) = self.permissionRange()
            return Self.call("Auth/RoleRevokePermission", request, by: by)
        }
    }

    private mutating func look() -> Operation {
        let by = self.generator.pick(Self.users + ["root", nil])
        switch self.generator.number(0...3) {
        case 0:
            var request = Etcdserverpb_AuthUserGetRequest()
            request.name = self.generator.pick(Self.users)
            return Self.call("Auth/UserGet", request, by: by)
        case 1:
            var request = Etcdserverpb_AuthRoleGetRequest()
            request.role = self.generator.pick(Self.roles + ["root"])
            return Self.call("Auth/RoleGet", request, by: by)
        case 2: return Self.call("Auth/UserList", Etcdserverpb_AuthUserListRequest(), by: by)
        default: return Self.call("Auth/RoleList", Etcdserverpb_AuthRoleListRequest(), by: by)
        }
    }

    private mutating func request(by: String?) -> Operation {
        switch self.generator.number(0...99) {
        case 0..<35:
            var request = Etcdserverpb_RangeRequest()
            (request.key, request.rangeEnd) = self.range()
            request.serializable = self.generator.chance(20)
            if self.generator.chance(10) { request.revision = 99_999 }
            return Self.call("KV/Range", request, by: by)
        case 35..<65:
            var request = Etcdserverpb_PutRequest()
            request.key = self.generator.chance(97) ? self.generator.pick(Self.keys) : Data()
            request.value = Data("v".utf8)
            request.prevKv = self.generator.chance(30)
            if self.generator.chance(30) { request.lease = self.generator.number(1...3) }
            return Self.call("KV/Put", request, by: by)
        case 65..<75:
            var request = Etcdserverpb_DeleteRangeRequest()
            (request.key, request.rangeEnd) = self.range()
            request.prevKv = self.generator.chance(30)
            return Self.call("KV/DeleteRange", request, by: by)
        case 75..<87: return Self.call("KV/Txn", self.txn(), by: by)
        case 87..<90:
            var request = Etcdserverpb_LeaseGrantRequest()
            request.id = self.generator.number(1...3)
            request.ttl = 10_000
            return Self.call("Lease/LeaseGrant", request, by: by ?? "root")
        case 90..<95:
            var request = Etcdserverpb_LeaseRevokeRequest()
            request.id = self.generator.number(1...3)
            return Self.call("Lease/LeaseRevoke", request, by: by ?? "root")
        case 95..<98:
            var request = Etcdserverpb_CompactionRequest()
            request.revision = self.generator.number(1...200)
            request.physical = true
            return Self.call("KV/Compact", request, by: "root")
        default: return Self.call("Maintenance/HashKV", Etcdserverpb_HashKVRequest(), by: "root")
        }
    }

    private mutating func txn() -> Etcdserverpb_TxnRequest {
        var request = Etcdserverpb_TxnRequest()
        if self.generator.chance(60) {
            var compare = Etcdserverpb_Compare()
            compare.key = self.generator.pick(Self.keys)
            compare.target = .version
            compare.result = self.generator.pick([.equal, .greater])
            request.compare = [compare]
        }
        var put = Etcdserverpb_RequestOp()
        put.requestPut.key = self.generator.pick(Self.keys)
        var range = Etcdserverpb_RequestOp()
        (range.requestRange.key, range.requestRange.rangeEnd) = self.range()
        var delete = Etcdserverpb_RequestOp()
        delete.requestDeleteRange.key = Data("zz".utf8)
        request.success = self.generator.chance(70) ? [put] : [range]
        request.failure = self.generator.chance(70) ? [range] : [delete]
        return request
    }

    private mutating func range() -> (Data, Data) {
        switch self.generator.number(0...9) {
        case 0...5: (self.generator.pick(Self.keys), Data())
        case 6: (Data("a".utf8), Data("b".utf8))
        case 7: (self.generator.pick(Self.keys), Data([0]))
        case 8: (Data([0]), Data([0]))
        // One that ends before it starts holds nothing, and etcd permits it or not as its tree happens to lie.
        default: (Data("a/".utf8), Data("c".utf8))
        }
    }

    /// Six, each with a first key of its own: Go sorts that many in the order they came.
    private mutating func permissionRange() -> (Data, Data) {
        let (start, end) = self.generator.pick([
            ("a", ""), ("a/", "b"), ("b", "c"), ("b/x", ""), ("c", "\0"), ("\0", "\0"),
        ])
        return (Data(start.utf8), Data(end.utf8))
    }

    // MARK: Calls

    private static func userAdd(_ name: String, by: String?) -> Operation {
        var request = Etcdserverpb_AuthUserAddRequest()
        request.name = name
        request.password = name
        return Self.call("Auth/UserAdd", request, by: by)
    }

    private static func grant(_ user: String, _ role: String, by: String?) -> Operation {
        var request = Etcdserverpb_AuthUserGrantRoleRequest()
        request.user = user
        request.role = role
        return Self.call("Auth/UserGrantRole", request, by: by)
    }

    private static func logIn(_ user: String, _ password: String) -> Operation {
        { client in
            "log in as \(user) with \(password) -> \(await client.logIn(user, password).map { "\($0)" } ?? "")"
        }
    }

    /// All answers have the header in the same place, and the rest is compared as unknown fields are: by its bytes.
    private static func call(_ method: String, _ request: some Message, by user: String?) -> Operation {
        { client in
            let asked = "\(method) \(request.oneLine) by \(user ?? "nobody")"
            let path = "/etcdserverpb.\(method)"
            var token = client.token(user)
            // What leases ask of nobody has become more since.
            if token == nil, method.hasPrefix("Lease/") { token = client.token("root") }
            switch await client.client.call(path, request, Etcdserverpb_AuthEnableResponse.self, token: token) {
            case .success(var response):
                let revision = response.header.revision
                response.clearHeader()
                var rest = (try? response.serializedData()) ?? Data()
                // Since 3.6 a hash tells its revision too.
                if method.hasSuffix("HashKV") { rest = rest.prefix(5) }
                return "\(asked) -> header \(revision) \(rest.map { String($0, radix: 16) }.joined(separator: " "))"
            case .failure(let status): return "\(asked) -> \(status)"
            }
        }
    }
}

extension Message {
    /// On one line, for messages of failed tests.
    var oneLine: String {
        self.textFormatString().split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}
