import Foundation
import HTTPTypes
import HummingbirdTesting
import PhotoLibrary
import Renditions
import TestSupport
import Testing

@testable import PhotoServer

/// Groups, schedules and history over the API.
struct GroupAPITests {
    @Test func `a group is made, changed and deleted, and its displays say so`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            for id in ["left", "right"] { _ = try await server.admitDisplay(id) }
            let album = try await server.album(photos: 3)
            let made = try await client.send(
                .post, "/api/v1/groups", session,
                #"{"name":"Stairs","displays":["left","right"],"album":\#(album.rawValue)}"#)
            #expect(made.status == .created)
            let id = try #require(made.json["id"] as? Int)
            #expect(made.headers[.location] == "/api/v1/groups/\(id)")
            #expect(made.json["text"] as? String == "2 displays share “Holiday” out")
            let display = try await client.send(.get, "/api/v1/displays/left", session)
            await server.parts.board.reload("left")
            #expect(try await client.send(.get, "/api/v1/displays/left", session).json["group"] as? Int == id)
            #expect(display.status == .ok)

            let same = try await client.send(
                .patch, "/api/v1/groups/\(id)", session,
                #"{"mode":"same","displays":["right","left"],"settings":{"interval_time":5,"interval_units":"minutes"}}"#
            )
            #expect(same.json["inStep"] as? Bool == true)
            #expect((same.json["settings"] as? [String: Any])?["interval_time"] as? Double == 5)
            #expect(
                (same.json["displays"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == ["right", "left"])

            #expect(try await client.send(.delete, "/api/v1/groups/\(id)", session).status == .noContent)
            #expect(try await client.send(.get, "/api/v1/groups/\(id)", session).problemCode == "group-not-found")
            #expect(try await server.library.display("left")?.groupID == nil)
        }
    }

    @Test(arguments: [
        (#"{"settings":{"interval_time":0}}"#, "setting-invalid", "interval_time 0.0 is outside 0.1 to 100000.0"),
        (#"{"settings":{"brightness":1}}"#, "setting-unknown", "brightness"),
        (#"{"mode":"both"}"#, "bad-request", "mode"), (#"{"displays":["nobody"]}"#, "not-found", "nobody"),
        (#"{"name":""}"#, "invalid-name", "name"), (#"{"album":99}"#, "not-found", "album"),
    ])
    func `what a group cannot be is refused by name`(body: String, code: String, text: String) async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            let id = try await server.library.createGroup(named: "Stairs").group.id.rawValue
            let answer = try await client.send(.patch, "/api/v1/groups/\(id)", session, body)
            #expect(answer.problemCode == code)
            #expect((answer.json["detail"] as? String)?.contains(text) == true, "\(answer.text)")
        }
    }

    @Test(arguments: [
        (#"{"brightness":9}"#, "brightness 9.0 is outside 0.0 to 4.0"), (#"{"group":"X"}"#, "group"),
        (#"{"group_clock":true}"#, "group_clock"), (#"{"motion":"spin"}"#, "motion"),
        (#"{"sleep":[{"from":"22:00"}]}"#, "sleep[0]"), (#"{"time_zone":"CET"}"#, "time_zone"),
    ])
    func `a setting that cannot be is refused by name and range`(settings: String, text: String) async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let answer = try await client.send(
                .patch, "/api/v1/displays/hall", session, #"{"settings":\#(settings)}"#)
            #expect(answer.status == .unprocessableContent)
            #expect((answer.json["detail"] as? String)?.contains(text) == true, "\(answer.text)")
        }
    }

    @Test func `what will it show on Sunday at 8, and why`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let (day, night) = (try await server.album("Day"), try await server.album("Night", seed: 9))
            try await server.give(day)
            let settings = """
                {"settings":{"time_zone":"Europe/Vienna","sleep":[{"days":["sun"],"from":"07:00","to":"09:00"}]}}
                """
            #expect(try await client.send(.patch, "/api/v1/displays/hall", session, settings).status == .ok)
            let rules = """
                {"rules":[{"album":\(night.rawValue),"days":["sat","sun"],"from":"08:00","to":"18:00"}]}
                """
            #expect(
                try await client.send(.put, "/api/v1/displays/hall/schedule", session, rules).status == .ok)

            let plan = try await client.send(.get, "/api/v1/displays/hall/plan?at=2026-11-29T08:00", session)
            #expect(plan.json["albumName"] as? String == "Night")
            #expect(plan.json["at"] as? String == "2026-11-29T07:00:00Z")
            #expect(plan.json["isAsleep"] as? Bool == true)
            #expect(plan.json["until"] as? String == "2026-11-29T17:00:00Z")
            #expect(
                plan.json["text"] as? String
                    == """
                    Sunday 2026-11-29, 08:00: “Night”, by this display's schedule: Saturday and Sunday, 08:00 to 18:00. \
                    Until Sunday 2026-11-29, 18:00. The screen is asleep then.
                    """)
            let before = try await client.send(.get, "/api/v1/displays/hall/plan?at=2026-11-29T06:59:59Z", session)
            #expect(before.json["albumName"] as? String == "Day")
            for bad in ["soon", "2026-02-30T08:00", "2026-11-29"] {
                let answer = try await client.send(.get, "/api/v1/displays/hall/plan?at=\(bad)", session)
                #expect(answer.status == .unprocessableContent && answer.problemCode == "moment-invalid", "\(bad)")
            }

            // The day on which the clock goes forward has 23 hours, and the week says so.
            let week = try await client.send(.get, "/api/v1/displays/hall/week?from=2026-03-25", session)
            let days = try #require(week.json["days"] as? [[String: Any]])
            #expect(week.json["from"] as? String == "2026-03-23")
            #expect(days.map { $0["hasClockChange"] as? Bool } == Array(repeating: false, count: 6) + [true])
            let sunday = try #require(days.last?["stretches"] as? [[String: Any]])
            #expect(sunday.map { $0["name"] as? String } == ["Day", "Night", "Day"])
            #expect(sunday.map { $0["start"] as? Int } == [0, 480, 1080])
            #expect(sunday.map { $0["end"] as? Int } == [480, 1080, 1440])
            let shades = try #require(days.last?["shades"] as? [[String: Any]])
            #expect(shades.map { $0["text"] as? String } == ["07:00 to 09:00 asleep"])

            let refused = try await client.send(
                .put, "/api/v1/displays/hall/schedule", session, #"{"rules":[{"album":1},{"album":1,"from":"25:00"}]}"#)
            #expect(refused.status == .unprocessableContent)
            #expect((refused.json["detail"] as? String)?.contains("Rule 2: “from”") == true, "\(refused.text)")
        }
    }

    @Test func `why a photo is here names album, rule, schedule and group`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            for id in ["hall", "stairs"] { _ = try await server.admitDisplay(id) }
            let album = try await server.album(photos: 4)
            try await server.give(album)
            func why(_ photo: String) async throws -> [String] {
                let answer = try await client.send(.get, "/api/v1/displays/hall/why?photo=\(photo)", session)
                return answer.json["sentences"] as? [String] ?? [answer.text]
            }
            await server.parts.board.reload("hall")
            #expect(
                try await why("Holiday-0.jpg") == [
                    "This display shows “Holiday”: this display's own album.", "It was put into “Holiday” by hand.",
                ])
            let other = try await server.library.createAlbum(named: "Other")
            let rule = PhotoRule.all([
                .test(.init(.name, .startsWith, "Holiday")),
                .not(.test(.init(.album, .equals, "\(other.id.rawValue)"))),
            ])
            let smart = try await server.library.createAlbum(named: "Clever", rule: rule)
            _ = try await server.library.createGroup(named: "G", displays: ["hall", "stairs"], album: smart.id)
            _ = try await server.library.publication(for: "hall")
            let names = try #require(try await server.library.publication(for: "hall")).playlist.names
            #expect(
                try await why(names[0]) == [
                    "This display shows “Clever”: the album of the group “G”.",
                    "It is in “Clever” by that album's rule: name starts with Holiday and not in Other.",
                    "The 2 displays of “G” share the album out: this one has 2 of 4 photos, and this is one of them.",
                ])
            let theirs = try #require(
                try await server.library.publication(for: "stairs")?.playlist.names.first)
            #expect(
                try await why(theirs)[1].hasPrefix("The photo is not, or no longer, in what this display should show"))
            #expect(
                try await client.send(.get, "/api/v1/displays/hall/why", session).problemCode == "nothing-shown")
        }
    }

    @Test func `every kind of change is in the history and is taken back by one call`() async throws {
        try await withServer { server, client in
            let session = try await server.signIn()
            _ = try await server.admitDisplay()
            let album = try await server.album()
            let group = try await server.library.createGroup(named: "G").group.id.rawValue
            let before = try #require(try await server.library.display("hall"))
            func act(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws {
                let answer = try await client.send(method, path, session, body)
                #expect(answer.status == .ok, "\(path): \(answer.text)")
            }
            func edits() async throws -> [[String: Any]] {
                try await client.send(.get, "/api/v1/displays/hall/history", session).json["edits"] as? [[String: Any]]
                    ?? []
            }
            let path = "/api/v1/displays/hall"
            try await act(.patch, path, #"{"settings":{"brightness":0.5,"fit":"cover"}}"#)
            try await act(.patch, path, #"{"settings":{"sleep":[{"from":"22:00","to":"07:00"}]}}"#)
            try await act(.patch, path, #"{"name":"Big hall"}"#)
            try await act(.patch, path, #"{"album":\#(album.rawValue)}"#)
            try await act(.patch, path, #"{"power":"off"}"#)
            try await act(.put, path + "/schedule", #"{"rules":[{"album":\#(album.rawValue)}]}"#)
            try await act(.patch, "/api/v1/groups/\(group)", #"{"displays":["hall"]}"#)
            let made = try await edits()
            #expect(made.count == 7)
            #expect(made.allSatisfy { $0["who"] as? String == TestServer.user })
            let texts = made.map { edit in
                ((edit["changes"] as? [[String: Any]]) ?? []).map {
                    "\($0["label"] as? String ?? "") \($0["beforeText"] as? String ?? "") > \($0["afterText"] as? String ?? "")"
                }.joined(separator: ", ")
            }
            #expect(
                texts == [
                    "Group none > G", "Schedule none > 1 entry", "Screen on > off", "Album none > Holiday",
                    "Name Display hall > Big hall", "Sleeping hours none > 1 entry",
                    "Brightness 1 > 0.5, Fit Whole photo > Fill the screen",
                ])
            for edit in made {
                let id = try #require(edit["id"] as? Int)
                try await act(.post, path + "/history/\(id)/revert", "")
            }
            let after = try #require(try await server.library.display("hall"))
            #expect(after.name == before.name && after.albumID == nil && after.power == .on && after.fit == before.fit)
            #expect(after.groupID == nil)
            #expect(DesiredState.settings(of: after) == DesiredState.settings(of: before))
            #expect(try await server.library.scheduleRules(of: .display("hall")).isEmpty)
            // Taking back is an edit of its own, and can be taken back.
            let last = try #require(try await edits().first?["id"] as? Int)
            try await act(.post, path + "/history/\(last)/revert", "")
            #expect(try await server.library.display("hall")?.fit == .cover)
            let stranger = try await client.send(.post, "/api/v1/groups/\(group)/history/\(last)/revert", session)
            #expect(stranger.problemCode == "edit-not-found")
        }
    }
}
