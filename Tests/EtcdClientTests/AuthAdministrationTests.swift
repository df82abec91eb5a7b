import EtcdClient
import TestSupport
import Testing

extension RealServers {
    @Suite struct AuthAdministrationTests {
        @Test(arguments: EtcdBackend.allCases)
        func usersAndRolesComeAndGo(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint, configure: { $0.requestTimeout = .seconds(30) }) { client in
                    let auth = client.auth
                    try await auth.addRole("hall")
                    try await auth.addRole("office")
                    await expectError(.roleExists) { try await auth.addRole("hall") }
                    try await auth.addUser("alice", password: "sesame")
                    try await auth.addUserWithoutPassword("display")
                    await expectError(.userExists) { try await auth.addUser("alice", password: "x") }
                    #expect(try await auth.users().sorted() == ["alice", "display"])
                    #expect(try await auth.roles().sorted() == ["hall", "office"])

                    try await auth.grantRole("hall", to: "alice")
                    try await auth.grantRole("office", to: "alice")
                    await expectError(.roleNotFound) { try await auth.grantRole("attic", to: "alice") }
                    await expectError(.userNotFound) { try await auth.grantRole("hall", to: "bob") }
                    #expect(try await auth.roles(of: "alice") == ["hall", "office"])
                    await expectError(.userNotFound) { _ = try await auth.roles(of: "bob") }

                    try await auth.revokeRole("hall", from: "alice")
                    await expectError(.roleNotGranted) { try await auth.revokeRole("hall", from: "alice") }
                    try await auth.deleteRole("office")
                    await expectError(.roleNotFound) { try await auth.deleteRole("office") }
                    #expect(try await auth.roles(of: "alice") == [])
                    try await auth.changePassword(of: "alice", to: "open")
                    await expectError(.userNotFound) { try await auth.changePassword(of: "bob", to: "x") }
                    try await auth.deleteUser("alice")
                    await expectError(.userNotFound) { try await auth.deleteUser("alice") }
                    #expect(try await auth.users() == ["display"])
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func permissionsAreGrantedAndTakenAsTheyWereGiven(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                try await withClient(endpoint, configure: { $0.requestTimeout = .seconds(30) }) { client in
                    let auth = client.auth
                    try await auth.addRole("hall")
                    let permissions: [Permission] = [
                        Permission(.read, .key("/one")), Permission(.write, .range("/a", "/c")),
                        Permission(.readWrite, .prefix("/hall:")), Permission(.readWrite, .from("/z")),
                        Permission(.read, .all),
                    ]
                    for permission in permissions { try await auth.grant(permission, to: "hall") }
                    #expect(Set(try await auth.permissions(of: "hall")) == Set(permissions))

                    // The same range again replaces what was there.
                    try await auth.grant(Permission(.read, .prefix("/hall:")), to: "hall")
                    #expect(try await auth.permissions(of: "hall").contains(Permission(.read, .prefix("/hall:"))))
                    #expect(try await auth.permissions(of: "hall").count == permissions.count)

                    await expectError(.permissionNotGranted) {
                        try await auth.revokePermission(on: .key("/hall:"), from: "hall")
                    }
                    for permission in permissions {
                        try await auth.revokePermission(on: permission.range, from: "hall")
                    }
                    #expect(try await auth.permissions(of: "hall") == [])
                    await expectError(.roleNotFound) { _ = try await auth.permissions(of: "attic") }
                    await expectError(.roleNotFound) {
                        try await auth.grant(Permission(.read, .all), to: "attic")
                    }
                }
            }
        }

        @Test(arguments: EtcdBackend.allCases)
        func enabledAuthenticationIsEnforcedUntilItIsDisabled(backend: EtcdBackend) async throws {
            try await backend.with { endpoint in
                // Passwords are hashed slowly on purpose, and in debug builds very slowly.
                try await withClient(endpoint, configure: { $0.requestTimeout = .seconds(30) }) { client in
                    let auth = client.auth
                    await expectError(.rootUserMissing) { try await auth.enable() }
                    try await auth.addUser("root", password: "secret")
                    await expectError(.rootRoleMissing) { try await auth.enable() }
                    try await auth.addRole("root")
                    try await auth.grantRole("root", to: "root")
                    try await auth.addRole("hall")
                    try await auth.grant(Permission(.readWrite, .prefix("/hall:")), to: "hall")
                    try await auth.addUser("alice", password: "sesame")
                    try await auth.grantRole("hall", to: "alice")
                    await expectError(.authNotEnabled) {
                        _ = try await auth.authenticate(.init(user: "root", password: "secret"))
                    }
                    if backend.hasAuthStatus {
                        let status = try await auth.status()
                        #expect(!status.isEnabled)
                        #expect(status.revision > 1)
                    } else {
                        await expectError(.unimplemented) { _ = try await auth.status() }
                    }
                    try await auth.enable()
                    await expectError(.unauthenticated) { _ = try await client.get("/hall:a") }
                    await expectError(.authenticationFailed) {
                        _ = try await auth.authenticate(.init(user: "root", password: "wrong"))
                    }
                    #expect(try await !auth.authenticate(.init(user: "alice", password: "sesame")).isEmpty)
                }
                try await withClient(
                    endpoint,
                    configure: {
                        $0.credentials = .init(user: "alice", password: "sesame")
                        $0.requestTimeout = .seconds(30)
                    }
                ) { alice in
                    try await alice.put("/hall:a", "1")
                    await expectError(.permissionDenied) { try await alice.put("/attic:a", "1") }
                    #expect(try await alice.auth.roles(of: "alice") == ["hall"])
                    #expect(try await alice.auth.permissions(of: "hall").count == 1)
                    await expectError(.permissionDenied) { try await alice.auth.addRole("mine") }
                    await expectError(.permissionDenied) { _ = try await alice.auth.users() }
                    try await withClient(
                        endpoint,
                        configure: {
                            $0.credentials = .init(user: "root", password: "secret")
                            $0.requestTimeout = .seconds(30)
                        }
                    ) { root in
                        await expectError(.invalidAuthManagement) { try await root.auth.deleteUser("root") }
                        // A permission that is taken away counts at once; alice's client renews its token by itself.
                        try await root.auth.revokePermission(on: .prefix("/hall:"), from: "hall")
                        await expectError(.permissionDenied) { try await alice.put("/hall:a", "2") }
                        try await root.auth.grant(Permission(.read, .prefix("/hall:")), to: "hall")
                        #expect(try await alice.get("/hall:a")?.value == "1")
                        // So does a password.
                        try await root.auth.changePassword(of: "alice", to: "open")
                        await expectError(.authenticationFailed) { _ = try await alice.get("/hall:a") }
                        try await root.auth.disable()
                    }
                }
                try await withClient(endpoint, configure: { $0.requestTimeout = .seconds(30) }) { client in
                    let found = try await client.get("/hall:a")
                    #expect(found?.value == "1")
                }
            }
        }
    }
}
