import DisplayChannel
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(1)))
struct PowerTests {
    /// A way to switch a screen that does what a test says.
    private final class Way: PowerMethod {
        struct State {
            var isOn = true
            var works = true
            var calls: [Bool] = []
        }

        let name: String
        let cutsSignal: Bool
        let state = Mutex(State())

        init(_ name: String, cutsSignal: Bool = true, works: Bool = true, isOn: Bool = true) {
            self.name = name
            self.cutsSignal = cutsSignal
            self.state.withLock { ($0.works, $0.isOn) = (works, isOn) }
        }

        var isOnNow: Bool { self.state.withLock { $0.isOn } }
        var calls: [Bool] { self.state.withLock { $0.calls } }

        func set(_ isOn: Bool) async throws(ViewerError) {
            let works = self.state.withLock { state in
                state.calls.append(isOn)
                if state.works { state.isOn = isOn }
                return state.works
            }
            guard works else { throw ViewerError(.refused, "broken") }
        }

        func isOn() async -> Bool? { self.isOnNow }
    }

    private static func with(
        _ ways: [Way], isBlackChosen: Bool = true,
        _ body: @escaping @Sendable (ScreenPower, Shared<[ScreenPower.Report]>) async throws -> Void
    ) async throws {
        let power = ScreenPower(
            methods: ways, isBlackChosen: isBlackChosen, checkInterval: .milliseconds(50), logger: Logger(label: "test")
        )
        let reports = Shared<[ScreenPower.Report]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await power.run { report in reports.update { $0.append(report) } } }
            try await body(power, reports)
            group.cancelAll()
        }
    }

    @Test func whatWorksIsTakenInOrderAndATelevisionIsToldBesides() async throws {
        let ways = [Way("dpms", works: false), Way("cec", cutsSignal: false), Way("wlr-randr"), Way("other")]
        try await Self.with(ways) { power, reports in
            power.want(true)
            power.want(false)
            let report = try await eventually("switched off") { reports.get().first }
            #expect(report.methods == ["cec", "wlr-randr"])
            #expect(report.trouble == nil)
            #expect(ways[3].calls.isEmpty, "one that cuts the signal is enough")
            power.want(true)
            try await eventually("switched on") { ways[1].isOnNow && ways[2].isOnNow && reports.get().count == 2 }
            #expect(ways[0].calls == [false])
        }
    }

    @Test func whereNothingWorksTheScreenIsPaintedBlack() async throws {
        try await Self.with([Way("dpms", works: false)]) { power, reports in
            power.want(false)
            let report = try await eventually("a report") { reports.get().first }
            #expect(report.methods == ["black"])
        }
        try await Self.with([Way("dpms", works: false)], isBlackChosen: false) { power, reports in
            power.want(false)
            let report = try await eventually("a report") { reports.get().first }
            #expect(report.methods.isEmpty)
            #expect(report.trouble?.contains("broken") == true)
        }
    }

    @Test func aTelevisionThatWakesByItselfIsPutBackToSleep() async throws {
        let television = Way("cec", cutsSignal: false)
        try await Self.with([television]) { power, reports in
            power.want(false)
            try await eventually("asleep") { !television.isOnNow && reports.get().count == 1 }
            for _ in 0..<3 {
                television.state.withLock { $0.isOn = true }
                try await eventually("asleep again") { !television.isOnNow }
            }
            power.want(true)
            try await eventually("awake") { television.isOnNow }
            try await Task.sleep(for: .milliseconds(200))
            #expect(television.isOnNow, "an awake screen is left alone")
        }
    }

    @Test func aScreenThatAnEarlierRunLeftAsleepIsWoken() async throws {
        let television = Way("cec", cutsSignal: false, isOn: false)
        try await Self.with([television]) { power, _ in
            power.want(true)
            try await eventually("awake") { television.isOnNow }
        }
    }

    @Test func whoeverUsesTheScreenNextFindsItOn() async throws {
        let screen = Way("dpms")
        try await Self.with([screen]) { power, reports in
            power.want(false)
            try await eventually("off") { !screen.isOnNow && !reports.get().isEmpty }
        }
        #expect(screen.isOnNow)
    }

    @Test func aDisplayThatIsToldToSleepSwitchesItsScreenAndSaysHow() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let stage = FakeStage(isOn: true)
            try await withDisplay(in: folder, house: house, power: [.dpms, .black], stage: stage) { display in
                try await display.link().say([.playlist: house.addPlaylist(["a"]).json], revision: 1)
                try await display.shows("a")
                try await display.link().say([.powerState: Array(#""off""#.utf8)], revision: 2)
                let status = try await display.status("off") { $0.power == .off && $0.powerBy == ["dpms"] }
                #expect(stage.isOn == false)
                #expect(stage.scene.light == 0)
                #expect(status.connector == "TEST-1")
                #expect(status.mode == "320x180@60")
                try await display.link().say([.powerState: Array(#""on""#.utf8)], revision: 3)
                try await display.shows("a")
                try await eventually("on") { stage.isOn == true }
            }
        }
    }

    @Test(
        arguments: [
            ("pwr-state: on (0x00)", true), ("\tpwr-state: standby (0x01)\n", false),
            ("pwr-state: to-standby (0x03)", false),
            ("pwr-state: to-on (0x02)", true), ("nothing", nil),
        ] as [(String, Bool?)])
    func theTelevisionsAnswerIsRead(text: String, isOn: Bool?) { #expect(CECPower.isOn(in: text) == isOn) }

    @Test func theAdaptersAddressIsRead() {
        let text = """
            Driver Info:
            \tPhysical Address           : 1.0.0.0
            \tLogical Address Mask       : 0x0010
            """
        #expect(CECPower.physicalAddress(in: text) == "1.0.0.0")
        #expect(CECPower.physicalAddress(in: "Physical Address : f.f.f.f") == nil)
        #expect(CECPower.isAcknowledged("Tx, Not Acknowledged (4), Max Retries") == false)
    }

    @Test func outputsOfAWaylandDesktopAreRead() {
        let text = """
            HDMI-A-1 "Maker Model (HDMI-A-1)"
              Enabled: yes
              Modes:
                1920x1080 px, 60.000000 Hz (preferred, current)
            HDMI-A-2 "Other"
              Enabled: no
            """
        #expect(WlrRandrPower.outputs(in: text) == ["HDMI-A-1", "HDMI-A-2"])
        #expect(WlrRandrPower.isEnabled("HDMI-A-1", in: text) == true)
        #expect(WlrRandrPower.isEnabled("HDMI-A-2", in: text) == false)
        #expect(WlrRandrPower.isEnabled("HDMI-A-3", in: text) == nil)
    }

    @Test(
        arguments: [
            ("auto", PowerChoice.allCases), ("cec, black", [.cec, .black]), ("dpms", [.dpms]), ("", nil), ("dmps", nil),
        ] as [(String, [PowerChoice]?)])
    func waysAreChosenByName(text: String, choices: [PowerChoice]?) { #expect(PowerChoice.list(text) == choices) }
}
