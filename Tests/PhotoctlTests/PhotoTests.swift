import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    @Suite(.serialized) struct PhotoTests {
        /// One that takes a while on its way.
        private static func makeLargePhoto(_ house: Installation) async throws {
            let made = try await Shell.run("convert -size 1500x1000 plasma: large.png", folder: house.folder)
            #expect(made.status == 0, "\(made)")
        }

        @Test func `an upload that was killed goes on in the middle of the file`() async throws {
            try await Installation.with { house in
                try await Self.makeLargePhoto(house)
                try await FaultProxy.with(targetPort: house.port) { proxy in
                    let login = try await house.photoctl(
                        "login", proxy.endpoint, "--user", "ada", "--password-file", "-", "--name",
                        "slow", input: Installation.password)
                    #expect(login.status == 0, "\(login)")
                    try await proxy.apply(.slow)
                    let upload = try ChildProcess(
                        BuiltProgram.photoctl, ["photos", "upload", "large.png"], environment: house.environment,
                        log: "\(house.folder)/upload.log", folder: house.folder)
                    let id = try await eventually("a part of the file being there") {
                        let uploads = try await house.json("photos", "uploads", "--server", "home")["uploads"]
                        let upload = (uploads as? [[String: Any]])?.first
                        return (upload?["offset"] as? Int ?? 0) > 0 ? upload?["id"] as? String : nil
                    }
                    upload.kill()
                    try await proxy.resume()
                    // The same one goes on: a new one would leave it behind.
                    let again = try await house.json("photos", "upload", "large.png", "--server", "slow")
                    #expect((again["added"] as? [Int])?.count == 1, "\(again)")
                    let left = try await house.json("photos", "uploads")["uploads"] as? [[String: Any]]
                    #expect(left?.isEmpty == true, "\(id) is left: \(String(describing: left))")
                    let memory = try FileManager.default.contentsOfDirectory(
                        atPath: "\(house.folder)/state/vitrine/uploads")
                    #expect(memory.isEmpty)
                }
            }
        }

        @Test func `an upload outlives a line that breaks again and again`() async throws {
            try await Installation.with { house in
                try await Self.makeLargePhoto(house)
                try await FaultProxy.with(targetPort: house.port) { proxy in
                    let secret = try await house.json("tokens", "create", "x", "--scopes", "see,photos")["secret"]
                    try await proxy.apply(.slow)
                    let upload = try ChildProcess(
                        BuiltProgram.photoctl, ["photos", "upload", "large.png"],
                        environment: house.environment.merging([
                            "PHOTOCTL_URL": proxy.endpoint, "PHOTOCTL_TOKEN": secret as? String ?? "",
                        ]) { $1 }, log: "\(house.folder)/upload.log", folder: house.folder)
                    var offset = 0
                    for _ in 0..<3 {
                        offset = try await eventually("more of the file being there") {
                            let uploads = try await house.json("photos", "uploads")["uploads"] as? [[String: Any]]
                            let there = uploads?.first?["offset"] as? Int ?? 0
                            return there > offset ? there : nil
                        }
                        proxy.cut()
                    }
                    try await proxy.resume()
                    #expect(try await upload.finished() == 0, "\(upload.output)")
                    #expect(proxy.acceptedConnections > 3)
                    #expect(try await house.done("photos", "list").contains("large.png"))
                }
            }
        }

        @Test func `what is no photo, known, too empty or not there is told by name and status`() async throws {
            try await Installation.with { house in
                try await house.makePhotos(["one.jpg", "two.jpg"], in: "some/deep")
                try await house.makePhotos([".hidden.jpg"], in: "some")
                try "x".write(toFile: "\(house.folder)/some/readme.txt", atomically: true, encoding: .utf8)
                try "".write(toFile: "\(house.folder)/some/empty.jpg", atomically: true, encoding: .utf8)
                try "no photo".write(toFile: "\(house.folder)/some/text.jpg", atomically: true, encoding: .utf8)
                let first = try await house.photoctl("photos", "upload", "some")
                #expect(first.status == 65)
                #expect(first.output == "2 photos added.\n")
                #expect(first.errors.contains("2 files could not be added"))
                #expect(first.errors.contains("text.jpg: “text.jpg” is not a picture"))
                #expect(first.errors.contains("empty.jpg: “empty.jpg” has no bytes"))
                let second = try await house.json("photos", "upload", "some/deep")
                #expect((second["known"] as? [Int])?.sorted() == [1, 2])
                let missing = try await house.photoctl("photos", "upload", "some/deep", "nowhere.jpg")
                #expect(missing.status == 66)
                #expect(missing.errors.contains("there is no file nowhere.jpg"))
                let none = try await house.photoctl("photos", "upload", "data/store")
                #expect(none.status == 66)
                let album = try await house.photoctl("photos", "upload", "some/deep", "--album", "None such")
                #expect(album.status == 66)
                #expect(album.errors.contains("there is no album “None such”"))
                let zipped = try await Shell.run(
                    "python3 -m zipfile -c photos.zip some/deep/one.jpg some/text.jpg", folder: house.folder)
                #expect(zipped.status == 0, "\(zipped)")
                let archive = try await house.photoctl("photos", "upload", "photos.zip", "--json")
                #expect(archive.status == 65)
                #expect(archive.output.contains("\"knownInArchives\" : 1"), "\(archive)")
                #expect(archive.errors.contains("photos.zip: "))
            }
        }

        @Test func `a progress bar is for a terminal only, and nothing that others wrote moves the cursor`()
            async throws
        {
            try await Installation.with { house in
                try await Self.makeLargePhoto(house)
                let seen = try await Shell.run(
                    """
                    script --quiet --return --command "stty columns 70; '$1' photos upload large.png" /dev/null
                    '$1' photos upload large.png
                    """.replacing("'$1'", with: try BuiltProgram.photoctl),
                    environment: house.environment, folder: house.folder)
                #expect(seen.status == 0, "\(seen)")
                #expect(seen.output.contains(/\r\[#+\.*\] +\d+ %  \d of 1  [0-9.]+ [kM]?B of [0-9.]+ MB/), "\(seen)")
                #expect(seen.output.contains("1 photo added."))
                #expect(seen.output.hasSuffix("0 photos added, 1 known already.\n"))
                #expect(seen.errors.isEmpty)
                // What the server lets through into an album's name is its affair; what is printed is ours.
                let evil = "\u{9b}2J\u{202e}gpj 写真"
                let created = try await house.photoctl("albums", "create", evil)
                let listed = try await house.photoctl("albums", "list")
                let json = try await house.photoctl("albums", "list", "--json")
                let missing = try await house.photoctl("albums", "info", "a\u{1b}[31m\nb")
                for outcome in [created, listed, json, missing] {
                    let obeyed = (outcome.output + outcome.errors).unicodeScalars.filter {
                        $0 != "\n" && ($0.value < 0x20 || (0x7f...0x9f).contains($0.value) || $0.value == 0x202e)
                    }
                    #expect(obeyed.isEmpty, "\(outcome)")
                }
                #expect(missing.status == 66)
                #expect(missing.errors.contains("“a\\u{1b}[31m\\nb”"))
                _ = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
            }
        }

        @Test func `output goes into a pipe that closes, and a full disk is told`() async throws {
            try await Installation.with { house in
                let names = (0..<5).map { "photo-\($0).jpg" }
                try await house.makePhotos(names, in: "some")
                try await house.done("photos", "upload", "some", "--parallel", "8")
                let piped = try await Shell.run(
                    "set -o pipefail; '\(try BuiltProgram.photoctl)' photos list | head -1",
                    environment: house.environment,
                    folder: house.folder)
                #expect(piped.status == 0, "\(piped)")
                #expect(piped.output.hasPrefix("ID  NAME"))
                let full = try await Shell.run(
                    "exec '\(try BuiltProgram.photoctl)' photos list >/dev/full", environment: house.environment,
                    folder: house.folder)
                #expect(full.status == 74, "\(full)")
                #expect(full.errors.contains("No space left on device"))
                let some = try await house.json("photos", "list", "--limit", "3")
                #expect((some["photos"] as? [Any])?.count == 3)
                #expect(some["total"] as? Int == 5)
                let ids = try await house.done("photos", "list", "--limit", "0", "--ids")
                #expect(Set(ids.split(separator: "\n")).count == 5)
            }
        }
    }
}
