import Foundation
import Renditions
import TestSupport
import Testing

/// Sizes that come from one decode beside the same sizes cut alone.
struct JointCutTests {
    private static let photo = "/usr/share/backgrounds/mate/nature/Dune.jpg"

    private static let recipes: [RenditionRecipe] = [
        .init(width: 240, height: 240), .init(width: 960, height: 540), .init(width: 640, height: 360),
        // Half of one of them.
        .init(width: 480, height: 270),
        // Between one and two times smaller than the largest: there is nothing to halve.
        .init(width: 900, height: 500), .init(width: 800, height: 600, mode: .cover),
        .init(width: 540, height: 960, rotation: .quarter),
    ]

    @Test(arguments: [[String](), ["-interlace", "JPEG"], ["-colorspace", "CMYK"]])
    func `a size looks the same whether it was cut alone or with others`(options: [String]) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/a.jpg"
            try await TestImages.convert(
                Self.photo, ["-resize", "1500x1000!", "-attenuate", "0.2", "+noise", "Gaussian"] + options, to: path,
                folder: folder)
            let pool = try makePool()
            let together = try await pool.render(
                path,
                Self.recipes.enumerated().map { .init(recipe: $1, destination: "\(folder)/\($0)-together.jpg") }
            ).files
            for (index, recipe) in Self.recipes.enumerated() {
                let alone = try await pool.render(path, [.init(recipe: recipe, destination: "\(folder)/alone.jpg")])
                    .files
                #expect(together[index].width == alone.first?.width && together[index].height == alone.first?.height)
                let (joint, lone) = (try Picture(jpeg: together[index].path), try Picture(jpeg: "\(folder)/alone.jpg"))
                let psnr = joint.psnr(against: lone)
                #expect(psnr > 36, "\(recipe.canonicalText): \(psnr) dB")
                guard recipe.mode == .contain, recipe.rotation == .none, options.first != "-colorspace" else {
                    continue
                }
                // Both beside what another program makes of the photo.
                let reference = "\(folder)/reference.jpg"
                try await TestImages.run(
                    "/usr/bin/convert",
                    [path, "-resize", "\(joint.width)x\(joint.height)!", "-quality", "100", reference], folder: folder)
                let right = try Picture(jpeg: reference)
                let (of, than) = (joint.psnr(against: right), lone.psnr(against: right))
                #expect(of > than - 0.5, "\(recipe.canonicalText): \(of) dB together, \(than) dB alone")
            }
        }
    }
}
