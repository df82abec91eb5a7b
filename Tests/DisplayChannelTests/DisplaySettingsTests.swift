import Planning
import Testing

@testable import DisplayChannel

@Suite struct DisplaySettingsTests {
    @Test func `the older server's settings are read, decimal strings and all`() {
        let json = """
            {"name":"Hall","orientation":"V","interval_base":"*:15","interval_time":2,"interval_units":"hours",
             "variance_pct":10,"use_halflife":1,"brightness":"1.250","contrast":"0.900","saturation":"1.000",
             "log_level":"info","unknown":{"a":[1]}}
            """
        let reading = DisplaySettings.Reading(json: Array(json.utf8))
        #expect(reading?.warnings == [])
        #expect(reading?.settings.name == "Hall")
        #expect(reading?.settings.orientation == .vertical)
        #expect(reading?.settings.intervalBase == "*:15")
        #expect(reading?.settings.interval == .seconds(7200))
        #expect(reading?.settings.useHalflife == true)
        #expect(reading?.settings.brightness == 1.25)
    }

    @Test(arguments: [
        (#"{"brightness":"99"}"#, "brightness"), (#"{"interval_time":-3}"#, "interval_time"),
        (#"{"fit":"stretch"}"#, "fit"), (#"{"rotation":45}"#, "rotation"),
        (#"{"interval_base":"25:00"}"#, "interval_base"),
        (#"{"transition_ms":"soon"}"#, "transition_ms"), (#"{"name":7}"#, "name"),
        (#"{"brightness":"nan"}"#, "brightness"),
        (#"{"shuffle_seed":-1}"#, "shuffle_seed"), (#"{"time_zone":"CET"}"#, "time_zone"),
        (#"{"sleep":[{"from":"22:00"}]}"#, "sleep[0]"), (#"{"sleep":"22:00"}"#, "sleep"),
        (#"{"sleep":[{"from":"22:00","to":"07:00","days":["someday"]}]}"#, "sleep[0]"),
        (#"{"dim":[{"from":"20:00","to":"22:00","brightness":2}]}"#, "dim[0]"),
        (#"{"caption":["price"]}"#, "caption[0]"), (#"{"motion":"spin"}"#, "motion"),
        (#"{"pair_portraits":"perhaps"}"#, "pair_portraits"), (#"{"group_clock":[]}"#, "group_clock"),
        (#"{"group":7}"#, "group"), (#"{"language":"de_AT.UTF-8"}"#, "language"), (#"{"language":"-"}"#, "language"),
    ])
    func `a value that cannot be taken as it is gets a warning that names it`(json: String, member: String) {
        let reading = DisplaySettings.Reading(json: Array(json.utf8))
        #expect(reading?.warnings.count == 1)
        #expect(reading?.warnings.first?.hasPrefix(member) == true)
    }

    @Test(arguments: ["", "null", "[]", "\"text\"", "{\"name\":", "\u{0}"])
    func `what is not an object is no settings at all`(json: String) {
        #expect(DisplaySettings.Reading(json: Array(json.utf8)) == nil)
    }

    @Test func `settings survive the way through the mediator`() throws {
        var settings = DisplaySettings()
        settings.name = "Café \"Mitte\" / 1"
        settings.brightness = 0.125
        settings.transition = .fadeThroughBlack
        settings.shuffleSeed = 1 << 53
        settings.rotation = 270
        settings.caption = [.album, .title]
        settings.showsClock = true
        settings.timeZone = "America/New_York"
        settings.pairsPortraits = true
        settings.motion = .kenBurns
        settings.language = "pt-BR"
        settings.group = "Stairs"
        settings.groupClock = true
        let night = DailySpan(from: try #require(MinuteOfDay("22:30")), to: try #require(MinuteOfDay("06:00")))
        settings.sleep = [SleepHours(days: [.sunday, .monday], hours: night)]
        settings.dim = [DimHours(hours: night, brightness: 0.25)]
        let reading = DisplaySettings.Reading(json: settings.json)
        #expect(reading?.settings == settings)
        #expect(reading?.warnings == [])
        #expect(reading?.settings.json == settings.json)
    }
}
