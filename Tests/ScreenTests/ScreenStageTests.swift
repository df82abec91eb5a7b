import CSys
import Foundation
import Glibc
import PhotoViewer
import Testing

@testable import Screen

extension PixelTests {
    @Test func framesAreCountedWhereTheyArePresented() async throws {
        try await withScreenStage { stage in
            #expect(stage.presentedFrames == 0)
            let before = WallClock.nanoseconds()
            let frame = try await stage.present(Scene())
            #expect(frame.number == 1)
            #expect(frame.wallNanoseconds >= before)
            _ = try await stage.present(Scene())
            _ = try await stage.capture()
            #expect(stage.presentedFrames == 2, "a picture taken is not a frame presented")
        }
    }

    @Test func theWholeSizeIsUsedAndTextureMemoryIsGivenBack() async throws {
        let size = PixelSize(width: 640, height: 360)
        try await withScreenStage(size: size) { stage in
            #expect(await stage.size() == size)
            try await withTemporaryFolder { folder in
                for _ in 0..<50 {
                    let id = try await stage.load(.gradient, in: folder)
                    _ = try await stage.present(Scene(current: id))
                    await stage.unload(id)
                }
                let frame = try await stage.frame(of: Scene(current: PictureID("gradient")))
                #expect(frame.isNear((0, 0, 0), x: 300, y: 100), "an unloaded picture draws black")
            }
        }
    }

    @Test func renderJobsRunOnOneThread() async {
        RenderThread.start
        let threads = await withTaskGroup(of: Int32.self) { group in
            for _ in 0..<100 { group.addTask { await Self.currentThread() } }
            return await group.reduce(into: Set<Int32>()) { $0.insert($1) }
        }
        #expect(threads.count == 1)
    }

    @RenderActor private static func currentThread() async -> Int32 {
        await Task.yield()
        return csys_gettid()
    }
}
