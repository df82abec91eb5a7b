import Foundation
import PhotoViewer
import Synchronization

/// A stage that remembers what it was told to draw. A file is a picture when it begins with `photo`.
actor FakeStage: Stage {
    nonisolated let summary = "a test"
    nonisolated let frameInterval: Duration = .milliseconds(5)
    nonisolated let events: AsyncStream<StageEvent>
    nonisolated let eventSource: AsyncStream<StageEvent>.Continuation
    nonisolated var presentedFrames: UInt64 { self.frames.withLock { $0 } }
    nonisolated var scene: Scene { self.lastScene.withLock { $0 } }
    nonisolated var loadedPictures: Set<PictureID> { self.loaded.withLock { $0 } }

    private nonisolated let frames = Mutex<UInt64>(0)
    private nonisolated let lastScene = Mutex(Scene())
    private nonisolated let loaded = Mutex<Set<PictureID>>([])
    private nonisolated let mostLoaded = Mutex(0)
    private nonisolated let holdsLoads = Mutex(false)

    /// What this stage's screen can do and how it stands; nil where something else owns the screen.
    nonisolated var isOn: Bool? { self.screen.withLock { $0 } }
    private nonisolated let screen: Mutex<Bool?>
    nonisolated let trims = Mutex(0)

    /// - Parameter isOn: Whether the screen is on, where this stage can switch it.
    init(isOn: Bool? = nil) {
        self.screen = Mutex(isOn)
        (self.events, self.eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
    }

    func size() -> PixelSize { PixelSize(width: 320, height: 180) }

    nonisolated static func check(_ path: String) throws(StageError) {
        guard FileManager.default.contents(atPath: path)?.starts(with: Data("photo".utf8)) == true else {
            throw StageError(.undecodable, "\(path) is no picture", path: path)
        }
    }

    func load(_ id: PictureID, from paths: [String]) async throws(StageError) {
        for path in paths { try Self.check(path) }
        while self.holdsLoads.withLock({ $0 }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        self.loaded.withLock { loaded in
            loaded.insert(id)
            self.mostLoaded.withLock { $0 = max($0, loaded.count) }
        }
    }

    /// Has decoders wait.
    nonisolated func holdLoads(_ isHeld: Bool) { self.holdsLoads.withLock { $0 = isHeld } }
    /// The most pictures that were loaded at once.
    nonisolated var peak: Int { self.mostLoaded.withLock { $0 } }

    func unload(_ id: PictureID) { self.loaded.withLock { _ = $0.remove(id) } }

    func present(_ scene: Scene) -> PresentedFrame {
        self.lastScene.withLock { $0 = scene }
        let number = self.frames.withLock { frames in
            frames += 1
            return frames
        }
        return PresentedFrame(number: number, wallNanoseconds: WallClock.nanoseconds())
    }

    func capture() -> [UInt8] { Array("capture of \(self.scene.current?.text ?? "nothing")".utf8) }
    func toggleFullScreen() {}

    func panel() -> Panel? {
        self.isOn.map { Panel(connector: "TEST-1", mode: "320x180@60", isConnected: true, isOn: $0) }
    }

    func setPower(_ isOn: Bool) -> Bool {
        self.screen.withLock { screen in
            guard screen != nil else { return false }
            screen = isOn
            return true
        }
    }

    func trim() { self.trims.withLock { $0 += 1 } }

    /// As televisions do.
    nonisolated func wakeByItself() { self.screen.withLock { $0 = true } }
    func run() async { while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) } }
    func close() { self.eventSource.finish() }
}
