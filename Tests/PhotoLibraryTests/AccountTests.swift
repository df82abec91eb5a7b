import Foundation
import PhotoLibrary
import TestSupport
import Testing

struct AccountTests {
    @Test func theSetUpLinkMakesOneAdministratorOnce() async throws {
        try await withLibrary { (library, _) async throws in
            try await library.setValue("right", forKey: PhotoLibrary.setupTokenHashKey)
            func create(_ name: String, token: String) async throws -> UserRecord {
                try await library.createFirstUser(
                    name: name, passwordHash: "h", role: "admin", consumingSetupTokenHash: token)
            }
            let wrong = await #expect(throws: PhotoLibraryError.self) { try await create("eve", token: "wrong") }
            #expect(wrong?.code == .setupTokenInvalid)
            let user = try await create("ada", token: "right")
            #expect(try await library.user(named: "ADA") == user)
            let again = await #expect(throws: PhotoLibraryError.self) { try await create("eve", token: "right") }
            #expect(again?.code == .setupTokenInvalid)
            try await library.setValue("right", forKey: PhotoLibrary.setupTokenHashKey)
            await #expect(throws: PhotoLibraryError.self) { try await create("eve", token: "right") }
            #expect(try await library.userCount() == 1)
        }
    }

    @Test func aSessionLivesUntilItIsDeletedOrExpired() async throws {
        try await withLibrary { (library, _) async throws in
            try await library.setValue("t", forKey: PhotoLibrary.setupTokenHashKey)
            let user = try await library.createFirstUser(
                name: "ada", passwordHash: "h", role: "admin", consumingSetupTokenHash: "t")
            let start = Date(timeIntervalSince1970: 1_800_000_000)
            for name in ["one", "two"] {
                try await library.createSession(
                    tokenHash: name, user: user.id, csrfToken: "c", createdAt: start,
                    expiresAt: start.addingTimeInterval(60))
            }
            let found = try #require(try await library.session(tokenHash: "one"))
            #expect(found.user == user && found.session.expiresAt == start.addingTimeInterval(60))
            try await library.extendSession(tokenHash: "two", expiresAt: start.addingTimeInterval(120))
            try await library.deleteSessions(expiredBefore: start.addingTimeInterval(61))
            #expect(try await library.session(tokenHash: "one") == nil)
            #expect(try await library.session(tokenHash: "two") != nil)
            try await library.setPasswordHash("new", of: user.id)
            #expect(try await library.session(tokenHash: "two") == nil, "a new password signs everybody out")
        }
    }
}
