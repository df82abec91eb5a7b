import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    @Suite(.serialized) struct LoginTests {
        @Test func `a login is kept in a file of one's own, and ends with logout`() async throws {
            try await Installation.with(logsIn: false) { house in
                let before = try await house.photoctl("albums", "list")
                #expect(before.status == 78)
                #expect(before.errors.contains("Run photoctl login URL"))

                let wrong = try await house.photoctl(
                    "login", house.url, "--user", "ada", "--password-file", "-", input: "four words in a column\n")
                #expect(wrong.status == 77, "\(wrong)")
                #expect(wrong.errors.contains("sign-in-failed"))
                #expect(!FileManager.default.fileExists(atPath: house.listFile))

                try await house.logIn()
                #expect(try permissions(house.listFile) == 0o600)
                #expect(try permissions("\(house.folder)/config/vitrine") == 0o700)
                let text = try String(contentsOfFile: house.listFile, encoding: .utf8)
                #expect(text.contains("vitrine_"))
                #expect(!text.contains(Installation.password))
                #expect(try await house.done("whoami").contains("ada, administrator"))
                // A session would go on in the browser's list; a token is enough.
                #expect(try await house.done("tokens", "list").contains("photoctl on "))

                // Logging in again takes the place of the first, on the server too.
                try await house.logIn()
                let tokens = try #require(try await house.json("tokens", "list")["tokens"] as? [[String: Any]])
                #expect(tokens.count == 1)

                let token = try #require(text.firstMatch(of: /vitrine_[A-Za-z0-9_-]+/)).output
                let old = try await house.photoctl("whoami", environment: ["PHOTOCTL_TOKEN": String(token)])
                #expect(old.status == 77)
                #expect(old.errors.contains("does not know the token in PHOTOCTL_TOKEN"))

                let now = try String(contentsOfFile: house.listFile, encoding: .utf8)
                let current = try #require(now.firstMatch(of: /vitrine_[A-Za-z0-9_-]+/)).output
                #expect(try await house.done("logout").contains("Logged out of home"))
                let after = try await house.photoctl(
                    "whoami", environment: ["PHOTOCTL_URL": house.url, "PHOTOCTL_TOKEN": String(current)])
                #expect(after.status == 77, "\(after)")
                #expect(try await house.photoctl("whoami").status == 78)
            }
        }

        @Test func `the password is asked for at a terminal and not shown, and a file that others may read is refused`()
            async throws
        {
            try await Installation.with(logsIn: false) { house in
                let asked = try await Shell.run(
                    """
                    mkfifo keys
                    exec 3<>keys
                    timeout 60 script --quiet --return --flush --command "'$1' login \(house.url)" /dev/null <keys >screen &
                    until grep -q 'Name: ' screen; do sleep 0.05; done
                    echo ada >&3
                    until grep -q 'Password of ada: ' screen; do sleep 0.05; done
                    echo '\(Installation.password)' >&3
                    wait $!
                    status=$?
                    cat screen
                    exit $status
                    """, arguments: [try BuiltProgram.photoctl], environment: house.environment, folder: house.folder)
                #expect(asked.status == 0)
                #expect(asked.output.contains("Name: "), "\(asked)")
                #expect(asked.output.contains("Password of ada: "))
                #expect(asked.output.contains("Logged in to 127.0.0.1"))
                #expect(!asked.output.contains(Installation.password))
                let unasked = try await house.photoctl("login", house.url)
                #expect(unasked.status == 64)
                #expect(unasked.errors.contains("Give --user, or --token-file"))
                try await Self.refusesBadFiles(house)
            }
        }

        /// A file that others may read is refused, and so is a broken one.
        private static func refusesBadFiles(_ house: Installation) async throws {
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: house.listFile)
            let open = try await house.photoctl("whoami")
            #expect(open.status == 78)
            #expect(open.errors.contains("others may read it"))
            #expect(open.errors.contains("chmod 600"))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: house.listFile)
            try "{".write(toFile: house.listFile, atomically: false, encoding: .utf8)
            let broken = try await house.photoctl("whoami")
            #expect(broken.status == 78)
            #expect(broken.errors.contains("is not a list of servers that photoctl wrote"))
        }

        @Test func `several servers have names, and flag, environment and list decide in this order`() async throws {
            try await Installation.with { house in
                let secret = try #require(
                    try await house.json("tokens", "create", "a script", "--scopes", "see")["secret"] as? String)
                let second = try await house.photoctl(
                    "login", house.url, "--token-file", "-", "--name", "script", input: "\(secret)\n")
                #expect(second.status == 0, "\(second)")
                // The last login is the one in use.
                #expect(try await house.done("whoami").contains("may: see\n"))
                #expect(try await house.done("whoami", "--server", "home").contains("administer"))
                let byVariable = try await house.photoctl("whoami", environment: ["PHOTOCTL_SERVER": "home"])
                #expect(byVariable.output.contains("administer"))
                let byFlag = try await house.photoctl(
                    "whoami", "--server", "script", environment: ["PHOTOCTL_SERVER": "home"])
                #expect(byFlag.output.contains("may: see\n"))
                try await house.done("servers", "use", "home")
                #expect(try await house.done("whoami").contains("administer"))
                let byToken = try await house.photoctl("whoami", environment: ["PHOTOCTL_TOKEN": secret])
                #expect(byToken.output.contains("may: see\n"))

                let list = try await house.done("servers")
                #expect(list.contains(/\*  home +http:/))
                #expect(!list.contains("vitrine_"))
                #expect(try await !house.done("servers", "list", "--json").contains("vitrine_"))

                let refused = try await house.photoctl("albums", "create", "x", "--server", "script")
                #expect(refused.status == 77)
                #expect(refused.errors.contains("not-allowed"))
                let unknown = try await house.photoctl("whoami", "--server", "attic")
                #expect(unknown.status == 66)
                #expect(unknown.errors.contains("There are: home, script."))
                let taken = try await house.photoctl(
                    "login", "http://localhost:\(house.port)", "--token-file", "-", "--name", "home", input: secret)
                #expect(taken.status == 64)
                #expect(taken.errors.contains("home is \(house.url) already"))
                #expect(try await house.done("logout", "--server", "script").contains("goes on"))
            }
        }

        @Test func `a login that ended, and a server that is away, are told apart`() async throws {
            try await Installation.with { house in
                try await house.done("tokens", "revoke", "1")
                let ended = try await house.photoctl("albums", "list")
                #expect(ended.status == 77)
                #expect(ended.errors.contains("home (\(house.url)) does not know this login any more"), "\(ended)")
                #expect(ended.errors.contains("photoctl login \(house.url) --name home"))
                let text = try String(contentsOfFile: house.listFile, encoding: .utf8)
                try text.replacing(/"expiresAt" : "[^"]+"/, with: "\"expiresAt\" : \"2026-01-02T03:04:05Z\"")
                    .write(toFile: house.listFile, atomically: false, encoding: .utf8)
                let over = try await house.photoctl("albums", "list")
                #expect(over.status == 77)
                #expect(over.errors.contains("ended on 2026-01-02"), "\(over)")

                _ = try await house.server.terminate()
                let away = try await house.photoctl("albums", "list")
                #expect(away.status == 69)
                #expect(away.errors.contains("\(house.url) cannot be reached: connection refused"), "\(away)")
                let kept = try await house.photoctl("logout")
                #expect(kept.status == 69)
                #expect(try await house.done("logout", "--force").contains("was not ended"))
            }
        }

        @Test func `a token does not go over a network in the clear, or to a server that nobody vouches for`()
            async throws
        {
            try await Installation.with(logsIn: false, tls: true) { house in
                let clear = try await house.photoctl("login", "http://photos.example", "--user", "ada")
                #expect(clear.status == 64)
                #expect(clear.errors.contains("can be read by others on the way"))
                let byVariable = try await house.photoctl(
                    "whoami", environment: ["PHOTOCTL_URL": "http://photos.example", "PHOTOCTL_TOKEN": "x"])
                #expect(byVariable.status == 64)
                let strange = try await house.photoctl(
                    "login", house.url, "--user", "ada", "--password-file", "-", input: Installation.password)
                #expect(strange.status == 69, "\(strange)")
                #expect(strange.errors.contains("is not one that this machine trusts"), "\(strange)")
                #expect(strange.errors.contains("--ca-file"))
                let trusted = try await house.photoctl(
                    "login", house.url, "--user", "ada", "--password-file", "-", "--ca-file", "data/tls/ca.pem",
                    input: Installation.password)
                #expect(trusted.status == 0, "\(trusted)")
                // The path was made one that holds from everywhere.
                #expect(try await house.json("servers", "list").description.contains(house.caFile))
                try await house.done("albums", "list")
                let noURL = try await house.photoctl("login", "photos.example")
                #expect(noURL.status == 64)
                #expect(noURL.errors.contains("https://photos.example"), "\(noURL)")
            }
        }
    }
}

/// Mode bits of a file.
private func permissions(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
}
