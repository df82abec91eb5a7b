import DisplayChannel
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(1)))
struct MachineTests {
    /// Makes a tree of small files.
    private static func tree(_ files: [String: String], in root: String) throws {
        for (name, text) in files {
            let path = "\(root)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path))
        }
    }

    @Test(arguments: [
        ("0x0\n", false), ("50005\n", true), ("0x50000\n", false), ("0x80008", true),
    ])
    func aRaspberryPiSaysWhetherItIsThrottledNow(text: String, isThrottled: Bool) async throws {
        try await withTemporaryFolder { root in
            try Self.tree(["sys/devices/platform/soc/soc:firmware/get_throttled": text], in: root)
            #expect(Throttling.isThrottled(root: root) == isThrottled)
        }
    }

    @Test func otherMachinesSayItByVoltageOrCooling() async throws {
        try await withTemporaryFolder { root in
            #expect(Throttling.isThrottled(root: root) == nil)
            try Self.tree(
                [
                    "sys/class/thermal/cooling_device0/type": "Fan\n",
                    "sys/class/thermal/cooling_device0/cur_state": "3",
                    "sys/class/thermal/cooling_device1/type": "Processor\n",
                    "sys/class/thermal/cooling_device1/cur_state": "0\n",
                    "sys/class/thermal/thermal_zone0/temp": "48200\n",
                    "sys/class/thermal/thermal_zone1/temp": "61000\n",
                    "sys/class/thermal/thermal_zone2/temp": "-274000\n",
                ], in: root)
            #expect(Throttling.isThrottled(root: root) == false)
            #expect(Throttling.temperature(root: root) == 61)
            try Self.tree(
                ["sys/class/hwmon/hwmon3/name": "rpi_volt\n", "sys/class/hwmon/hwmon3/in0_lcrit_alarm": "1"], in: root)
            #expect(Throttling.isThrottled(root: root) == true)
        }
    }

    @Test func connectorsAreReadAsTheKernelListsThem() async throws {
        try await withTemporaryFolder { root in
            try Self.tree(
                [
                    "card0/dev": "226:0", "card0-HDMI-A-1/status": "disconnected\n",
                    "card0-HDMI-A-2/status": "connected\n", "card0-Writeback-1/status": "unknown\n",
                ], in: root)
            #expect(Connectors.all(folder: root).map(\.name) == ["HDMI-A-1", "HDMI-A-2"])
            #expect(Connectors.isConnected("HDMI-A-1", folder: root) == false)
            #expect(Connectors.isConnected("HDMI-A-2", folder: root) == true)
            #expect(Connectors.isConnected("DP-1", folder: root) == nil)
        }
    }

    @Test func theMemoryLimitIsTheLeastOfAllGroupsAbove() async throws {
        try await withTemporaryFolder { root in
            try Self.tree(
                [
                    "a/b/memory.max": "max\n", "a/b/memory.high": "300\n", "a/memory.max": "200\n",
                    "memory.max": "900\n",
                ], in: root)
            #expect(MemoryUse.limit(root: root, group: "/a/b") == 200)
            #expect(MemoryUse.limit(root: root, group: "/c") == 900)
            #expect(MemoryUse.limit(root: root, group: nil) == nil)
        }
        let status = "VmRSS:\t 100 kB\nRssAnon:\t   40 kB\nRssFile:\t   50 kB\nRssShmem:\t   10 kB\n"
        #expect(MemoryUse.unevictable(status: status) == 50 << 10)
        let ours = try #require(MemoryUse.unevictable())
        #expect(ours > 1 << 20)
    }

    @Test func shortMemoryIsTrimmedAndWhenThatDoesNotHelpTheProgramStartsAnew() async throws {
        #expect(MemoryGuard.pressure(use: 79, limit: 100) == .none)
        #expect(MemoryGuard.pressure(use: 80, limit: 100) == .high)
        #expect(MemoryGuard.pressure(use: 95, limit: 100) == .critical)
        let stage = FakeStage()
        let use = Shared<Int64>(850)
        let memoryGuard = MemoryGuard(limit: 1000, use: { use.get() }, stage: stage, logger: Logger(label: "test"))
        let running = Task { await memoryGuard.run(interval: .milliseconds(5)) }
        try await eventually("a trim") { stage.trims.withLock { $0 } > 0 }
        use.set(990)
        #expect(await running.value)
        let unlimited = MemoryGuard(limit: nil, use: { 1 }, stage: stage, logger: Logger(label: "test"))
        #expect(await unlimited.run() == false)
    }

    @Test func toolsAreFoundRunAndEnded() async throws {
        let outcome = try await Tool.run(["sh", "-c", "echo out; echo err >&2; exit 3"], within: .seconds(20))
        #expect(outcome.status == 3)
        #expect(outcome.output.contains("out") && outcome.output.contains("err"))
        let missing = await #expect(throws: ViewerError.self) {
            try await Tool.run(["no-such-program-here"], within: .seconds(1))
        }
        #expect(missing?.code == .notFound)
        let started = ContinuousClock.now
        let slow = await #expect(throws: ViewerError.self) {
            try await Tool.run(["sleep", "60"], within: .milliseconds(200))
        }
        #expect(slow?.code == .unreachable)
        #expect(started.duration(to: .now) < .seconds(30))
        let flood = try await Tool.run(["sh", "-c", "yes | head -c 1000000"], within: .seconds(20))
        #expect(flood.output.utf8.count == Tool.outputLimit)
    }

    @Test func oneFrozenScreenOfSeveralIsEnough() async {
        let signs = LifeSigns()
        #expect(signs.lateness == .zero)
        signs.add(lateness: { .zero }, summary: { "showing a" })
        signs.add(lateness: { .seconds(9) }, summary: { "showing b" })
        #expect(signs.lateness == .seconds(9))
        #expect(await signs.summary() == "showing a; showing b")
    }
}
