import Foundation
import TestSupport
import Testing

/// The pixel tests once more, in windows: on an X server of their own, and on a Wayland desktop of their own in it.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct WindowTests {
    private static let isInAWindow = ProcessInfo.processInfo.environment["VITRINE_PIXELS_IN_A_WINDOW"] != nil

    @Test(.enabled(if: !WindowTests.isInAWindow, "this is that run"))
    func theScenesAreDrawnInAnXWindowToo() async throws {
        try await withTemporaryFolder { folder in
            let (server, display) = try await Self.xServer(in: folder)
            defer { server.kill() }
            try await Self.runPixelTests(["DISPLAY": display, "SDL_VIDEODRIVER": "x11"], in: folder)
        }
    }

    @Test(.enabled(if: !WindowTests.isInAWindow, "this is that run"))
    func theScenesAreDrawnInAWaylandWindowToo() async throws {
        try await withTemporaryFolder { folder in
            let (server, display) = try await Self.xServer(in: folder)
            defer { server.kill() }
            // Sockets live there, and nobody else may see them. Weston's own headless backend has no seat, without which
            // SDL 2.26 crashes.
            let runtime = "\(folder)/run"
            try FileManager.default.createDirectory(
                atPath: runtime, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let desktop = try ChildProcess(
                "weston", ["--backend=x11-backend.so", "--use-pixman", "--socket=wayland-test", "--idle-time=0"],
                environment: ["DISPLAY": display, "XDG_RUNTIME_DIR": runtime], log: "\(folder)/weston")
            defer { desktop.kill() }
            try await eventually("a Wayland desktop", within: .seconds(30)) {
                FileManager.default.fileExists(atPath: "\(runtime)/wayland-test")
            }
            try await Self.runPixelTests(
                ["WAYLAND_DISPLAY": "wayland-test", "XDG_RUNTIME_DIR": runtime, "SDL_VIDEODRIVER": "wayland"],
                in: folder)
        }
    }

    /// - Returns: The server and what programs call it.
    private static func xServer(in folder: String) async throws -> (ChildProcess, display: String) {
        let server = try ChildProcess(
            "Xvfb", ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"],
            log: "\(folder)/xvfb")
        let number = try await eventually("an X server", within: .seconds(30)) {
            server.output.split(separator: "\n").first { Int($0) != nil }
        }
        return (server, ":\(number)")
    }

    private static func runPixelTests(_ environment: [String: String], in folder: String) async throws {
        let tests = try ChildProcess(
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            ["--testing-library", "swift-testing", "--filter", "PixelTests"],
            environment: environment.merging(["VITRINE_PIXELS_IN_A_WINDOW": "1"]) { first, _ in first },
            log: "\(folder)/tests")
        let status = try await tests.finished(within: .seconds(180))
        #expect(status == 0, "\(tests.output.suffix(4000))")
        #expect(tests.output.contains("bothStagesDrawTheSceneAlike"), "\(tests.output.suffix(4000))")
    }
}
