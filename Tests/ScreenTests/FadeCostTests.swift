import CGLES
import Glibc
import PhotoViewer
import Testing

@testable import Screen

extension PixelTests {
    /// Both draw in software here, so the processor's time is the whole cost and neighbours do not change it much.
    @Test func aFadeWithEverythingAdjustedCostsLittleMoreThanABareMixOfTwoTextures() async throws {
        let size = PixelSize(width: 1920, height: 1080)
        try await withScreenStage(size: size) { stage in
            try await withTemporaryFolder { folder in
                let pictures = [Self.noise(size, seed: 1), Self.noise(size, seed: 2)]
                for (name, picture) in zip(["first", "second"], pictures) {
                    let path = "\(folder)/\(name).jpg"
                    try JPEGFile.encode(picture).withUnsafeBytes { bytes in
                        let file = fopen(path, "w")
                        fwrite(bytes.baseAddress, 1, bytes.count, file)
                        fclose(file)
                    }
                    try await stage.load(PictureID(name), from: [path])
                }
                let look = Look(brightness: 1.1, contrast: 0.9, saturation: 1.3)
                var ratios: [Double] = []
                for _ in 0..<3 {
                    let bare = try await BareMix.cost(of: 12, pictures: pictures)
                    let start = Self.processorTime()
                    for frame in 0..<12 {
                        _ = try await stage.present(
                            Scene(
                                current: PictureID("second"), previous: PictureID("first"),
                                progress: Double(frame + 1) / 13, look: look, isSettled: false))
                    }
                    ratios.append((Self.processorTime() - start) / bare)
                }
                let ratio = ratios.sorted()[1]
                print("a fade at 1080p costs \(ratio) times a bare mix:", ratios)
                #expect(ratio < 1.25)
            }
        }
    }

    static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func noise(_ size: PixelSize, seed: UInt32) -> Bitmap {
        var bitmap = Bitmap(size: size)
        bitmap.rgba.withUnsafeMutableBufferPointer { bytes in
            for index in 0..<size.pixels {
                let value = UInt32(truncatingIfNeeded: index / 7) &* 2_654_435_761 &+ seed
                bytes[index * 4] = UInt8(value >> 24)
                bytes[index * 4 + 1] = UInt8((value >> 16) & 255)
                bytes[index * 4 + 2] = UInt8((value >> 8) & 255)
            }
        }
        return bitmap
    }
}

/// The floor: two textures, one shader that mixes them, nothing else.
@RenderActor
private enum BareMix {
    /// Seconds of processor time for some frames in the stage's own context.
    static func cost(of frames: Int, pictures: [Bitmap]) throws -> Double {
        let program = try GLProgram(
            vertex: """
                attribute vec2 position;
                varying vec2 at;
                void main() { at = position * 0.5 + 0.5; gl_Position = vec4(position, 0.0, 1.0); }
                """,
            fragment: """
                precision mediump float;
                varying vec2 at;
                uniform sampler2D first, second;
                uniform float progress;
                void main() { gl_FragColor = mix(texture2D(first, at), texture2D(second, at), progress); }
                """)
        let textures = try pictures.map { try GLTexture($0) }
        defer { for texture in textures { texture.delete() } }
        program.use()
        for (unit, name) in ["first", "second"].enumerated() {
            textures[unit].bind(to: unit)
            program.set(name, texture: unit)
        }
        glDisable(GLenum(GL_BLEND))
        glFinish()
        let start = PixelTests.processorTime()
        for frame in 0..<frames {
            program.set("progress", Double(frame + 1) / Double(frames + 1))
            program.drawStrip([-1, -1, 0, 0, 1, -1, 1, 0, -1, 1, 0, 1, 1, 1, 1, 1])
            glFinish()
        }
        return PixelTests.processorTime() - start
    }
}
