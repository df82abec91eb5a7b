import DisplayChannel
import Foundation
import Logging
import TestSupport
import Testing

@testable import PhotoViewer

struct ProjectorTests {
    /// A projector at work on a stage, with files that are pictures.
    private func withProjector(
        _ body: (Projector, FakeStage, (String) -> Projection.Picture) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let stage = FakeStage()
            let projector = Projector(stage: stage, logger: Logger(label: "test"))
            let run = Task { await projector.run { _ in } }
            defer { run.cancel() }
            try await body(projector, stage) { name in
                let path = "\(folder)/\(name)"
                _ = FileManager.default.createFile(atPath: path, contents: Data("photo \(name)".utf8))
                return Projection.Picture(id: PictureID(name), contents: [name], paths: [path])
            }
        }
    }

    private func shows(_ name: String, _ stage: FakeStage) async throws {
        try await eventually("\(name) on the stage") {
            stage.scene.current == PictureID(name) && stage.scene.isSettled
        }
    }

    @Test func whatMovesDoesNotWaitForTheDecoder() async throws {
        try await self.withProjector { projector, stage, picture in
            _ = projector.update { projection in
                (projection.picture, projection.motion) = (picture("a"), .seconds(3600))
                projection.transition = .init(kind: .crossfade, duration: .milliseconds(20))
            }
            try await eventually("a in motion") {
                stage.scene.current == PictureID("a") && stage.scene.currentZoom.scale > 1
            }
            stage.holdLoads(true)
            _ = projector.update { $0.picture = picture("b") }
            let frames = stage.presentedFrames
            try await eventually("ten frames meanwhile") { stage.presentedFrames > frames + 10 }
            #expect(stage.scene.current == PictureID("a") && !stage.scene.isSettled)
            stage.holdLoads(false)
            try await eventually("b on the stage") { stage.scene.current == PictureID("b") }
            #expect(stage.peak <= 2)
        }
    }

    @Test func whatComesNextIsLoadedBeforehandAndDrawsNothing() async throws {
        try await self.withProjector { projector, stage, picture in
            _ = projector.update { $0.picture = picture("a") }
            try await self.shows("a", stage)
            let frames = stage.presentedFrames
            #expect(projector.update { $0.upcoming = picture("b") } == nil)
            try await eventually("b loaded") { stage.loadedPictures == [PictureID("a"), PictureID("b")] }
            #expect(stage.presentedFrames == frames && projector.lateness == .zero)
            // Another one is wanted after all: it goes before what was prepared.
            _ = projector.update { $0.picture = picture("c") }
            try await self.shows("c", stage)
            #expect(stage.peak <= 2)
            try await eventually("b loaded again") {
                stage.loadedPictures == [PictureID("b"), PictureID("c")]
            }
        }
    }

    @Test func manyChangesInTheMiddleOfFadesNeverHoldThreePictures() async throws {
        try await self.withProjector { projector, stage, picture in
            for number in 0..<60 {
                _ = projector.update { projection in
                    projection.picture = picture("\(number % 7)")
                    projection.upcoming = picture("\((number + 3) % 5)")
                    projection.transition = .init(kind: .crossfade, duration: .milliseconds(30))
                }
                try await Task.sleep(for: .milliseconds(number % 4 * 5))
            }
            try await self.shows("\(59 % 7)", stage)
            #expect(stage.peak <= 2)
            try await eventually("nothing owed") { projector.lateness == .zero }
        }
    }

    @Test func aMotionThatIsOverOwesNothing() async throws {
        try await self.withProjector { projector, stage, picture in
            _ = projector.update { projection in
                (projection.picture, projection.motion) = (picture("a"), .milliseconds(200))
                projection.transition = .init(kind: .cut)
            }
            try await self.shows("a", stage)
            try await eventually("nothing owed") { projector.lateness == .zero }
            let frames = stage.presentedFrames
            try await Task.sleep(for: .milliseconds(100))
            #expect(stage.presentedFrames == frames, "a still draws nothing")
        }
    }
}
