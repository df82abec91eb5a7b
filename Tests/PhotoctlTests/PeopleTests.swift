import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    @Suite(.serialized) struct PeopleTests {
        @Test func `somebody is invited, given another role, signed out and removed, and a browser's session ended`()
            async throws
        {
            try await Installation.with { house in
                let invitation = try await house.json("users", "invite", "viewer")
                let link = try #require(invitation["url"] as? String)
                let token = try #require(link.firstMatch(of: /token=(.+)/)?.output.1)
                let accepted = try await Shell.run(
                    """
                    curl --fail --silent --output /dev/null --data-urlencode 'token=\(token)' \
                    --data-urlencode name=bob --data-urlencode 'password=a row of four words' \(house.url)/invite
                    """, folder: house.folder)
                #expect(accepted.status == 0, "\(accepted)")
                #expect(try await house.done("users", "list").contains(/bob +viewer/))

                let bob = try await house.photoctl(
                    "login", house.url, "--user", "bob", "--password-file", "-", "--name", "bob", "--days", "1",
                    input: "a row of four words")
                #expect(bob.status == 0, "\(bob)")
                let refused = try await house.photoctl("albums", "create", "Bob's")
                #expect(refused.status == 77)
                #expect(refused.errors.contains("This token may not do this (not-allowed)"), "\(refused)")
                try await house.done("servers", "use", "home")

                #expect(try await house.done("users", "role", "bob", "editor") == "bob is editor.\n")
                let unknown = try await house.photoctl("users", "role", "bob", "king")
                #expect(unknown.status == 65)
                #expect(unknown.errors.contains("administrator, editor, viewer"))

                #expect(try await house.done("users", "disable", "bob") == "bob is disabled.\n")
                let disabled = try await house.photoctl("whoami", "--server", "bob")
                #expect(disabled.status == 77, "\(disabled)")
                #expect(try await house.done("users", "list").contains(/bob +editor .*20\d\d-\d\d-\d\d\n/))
                #expect(try await house.done("audit").contains("disable"))
                #expect(try await house.done("users", "enable", "bob") == "bob is enabled.\n")
                #expect(try await house.done("whoami", "--server", "bob").contains("bob"))
                let last = try await house.photoctl("users", "disable", "ada")
                #expect(last.status == 65 && last.errors.contains("Somebody must stay administrator"), "\(last)")

                #expect(try await house.done("users", "password-link", "bob").contains("/reset?token="))
                #expect(try await house.done("users", "sign-out", "bob").contains("signed out of 0 browsers"))
                #expect(try await house.done("users", "remove", "bob") == "bob is removed.\n")
                let gone = try await house.photoctl("whoami", "--server", "bob")
                #expect(gone.status == 77, "\(gone)")
                #expect(try await house.done("audit", "--who", "ada").contains("user"))

                // The browser in which the account was made.
                let sessions = try #require(try await house.json("sessions", "list")["sessions"] as? [[String: Any]])
                let id = try #require(sessions.first?["id"] as? String)
                #expect(sessions.count == 1)
                #expect(try await house.done("sessions", "end", id).contains("has ended"))
                #expect(try await house.done("sessions") == "You are signed in nowhere.\n")
            }
        }
    }
}
