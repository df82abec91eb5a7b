import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    @Suite(.serialized) struct DisplayTests {
        @Test func `a watcher hears of changes as they happen, and of the line that breaks`() async throws {
            try await Installation.with(hasDisplay: true) { house in
                try await house.makePhotos(["one.jpg", "two.jpg"], in: "some")
                try await house.done("photos", "upload", "some", "--album", "Some", "--create")
                try await FaultProxy.with(targetPort: house.port) { proxy in
                    let secret = try await house.json("tokens", "create", "watcher")["secret"] as? String ?? ""
                    let environment = house.environment.merging([
                        "PHOTOCTL_URL": proxy.endpoint, "PHOTOCTL_TOKEN": secret,
                    ]) { $1 }
                    let lines = try ChildProcess(
                        BuiltProgram.photoctl, ["displays", "watch", "Hall"], environment: environment,
                        log: "\(house.folder)/lines.log")
                    let objects = try ChildProcess(
                        BuiltProgram.photoctl, ["displays", "watch", "--json"], environment: environment,
                        log: "\(house.folder)/objects.log")
                    try await eventually("the first line") {
                        lines.output.contains("Hall  online") && objects.output.contains(#"{"display":{"#)
                    }
                    try await house.done("displays", "set", "Hall", "album=Some", "--wait")
                    try await eventually("the photo in both") {
                        lines.output.contains(/shows (one|two)\.jpg/)
                            && objects.output.contains(/"showingName":"(one|two)\.jpg"/)
                    }
                    proxy.cut()
                    try await eventually("being told that the line broke") {
                        lines.output.contains("The next try is in 1 s")
                    }
                    try await house.done("displays", "pause", "Hall")
                    try await eventually("hearing again") { lines.output.contains("pause: done") }
                    #expect(try await lines.terminate(SIGINT) != nil)
                    #expect(try await objects.terminate(SIGINT) != nil)
                    for line in objects.output.split(separator: "\n") where line.hasPrefix("{") {
                        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                        #expect(object?["event"] as? String == "display")
                    }
                }
            }
        }

        @Test func `of lines that are added at the same time none is lost in silence`() async throws {
            try await Installation.with(hasDisplay: true) { house in
                try await house.done("albums", "create", "Best")
                let outcomes = try await withThrowingTaskGroup(of: Shell.Outcome.self) { group in
                    for hour in 10..<16 {
                        group.addTask {
                            try await house.photoctl(
                                "schedules", "add", "--display", "Hall", "--album", "Best", "--from", "\(hour):00",
                                "--to",
                                "\(hour):30")
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let refused = outcomes.filter { $0.status != 0 }
                for outcome in refused {
                    #expect(outcome.status == 75 && outcome.errors.contains("(stale)"), "\(outcome)")
                }
                let kept = try await house.json("schedules", "list", "--display", "Hall")["rules"] as? [Any]
                #expect(kept?.count == outcomes.count - refused.count)
                #expect(kept?.isEmpty == false)
            }
        }

        @Test func `a display that is away is told apart from one that is not there`() async throws {
            try await Installation.with { house in
                let registered = try await Shell.run(
                    """
                    curl --fail --silent --header 'content-type: application/json' --data '{"id": "attic", "secret": \
                    "a secret that the display made itself", "kind": "browser", "name": "Attic", "width": 800, \
                    "height": 600, "token": "'"$(cat data/display-token)"'"}' \(house.url)/api/v1/display/registrations
                    """, folder: house.folder)
                #expect(registered.status == 0, "\(registered)")
                let away = try await house.photoctl("displays", "next", "attic")
                #expect(away.status == 69)
                #expect(away.errors.contains("Attic does not answer"), "\(away)")
                let missing = try await house.photoctl("displays", "next", "cellar")
                #expect(missing.status == 66)
                #expect(missing.errors.contains("there is no display “cellar”"))
                let path = try await house.photoctl("displays", "info", "../users")
                #expect(path.status == 66, "\(path)")
                let code = try await house.photoctl("displays", "pair", "AAAAAA")
                #expect(code.status == 66, "\(code)")

                let typed = try await house.json(
                    "displays", "set", "attic", "clock=on", "caption=title,date", "rotation=90", "name=12",
                    "brightness=1.2", #"sleep=[{"days":["mon"],"from":"22:00","to":"06:00"}]"#)
                #expect(typed["name"] as? String == "12")
                let settings = try #require(typed["settings"] as? [String: Any])
                #expect(settings["clock"] as? Bool == true)
                #expect(settings["caption"] as? [String] == ["title", "date"])
                #expect(settings["rotation"] as? Int == 90)
                #expect(settings["brightness"] as? String == "1.200")
                #expect((settings["sleep"] as? [Any])?.count == 1)
                let bad = try await house.photoctl("displays", "set", "attic", "clock=perhaps")
                #expect(bad.status == 65)
                let unknown = try await house.photoctl("displays", "set", "attic", "colour=red")
                #expect(unknown.status == 65)
                #expect(unknown.errors.contains("colour"))
                let none = try await house.photoctl("displays", "set", "attic", "clock")
                #expect(none.status == 64)
                #expect(none.errors.contains("name=value"))
            }
        }
    }
}
