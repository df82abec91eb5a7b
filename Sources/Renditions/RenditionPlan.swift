/// The arithmetic of a ``RenditionRecipe`` on a photo of known size. Pure, so that a playlist can promise a rendition's
/// size before anything has been decoded; the worker keeps the promise.
package struct RenditionPlan: Equatable, Sendable {
    /// A size in pixels.
    package struct Size: Hashable, Codable, Sendable {
        package let width: Int
        package let height: Int

        package init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        package var pixels: Int { self.width * self.height }
        package var turned: Size { Size(width: self.height, height: self.width) }
    }

    /// What the upright photo is scaled to, before cutting and turning.
    package let scaled: Size
    /// The part that is kept, cut from the middle of `scaled`.
    package let kept: Size
    /// What comes out, after turning.
    package let output: Size

    /// - Parameters:
    ///   - recipe: What is wanted.
    ///   - photo: The photo's size when upright (its EXIF orientation applied), at least 1 x 1.
    package init(_ recipe: RenditionRecipe, photo: Size) {
        let box = Size(width: recipe.width, height: recipe.height)
        // Turning comes last, so the photo is fitted to the box as it is before the turn.
        let target = recipe.rotation.swapsSides ? box.turned : box
        let horizontal = Double(target.width) / Double(photo.width)
        let vertical = Double(target.height) / Double(photo.height)
        switch recipe.mode {
        case .contain:
            let scaled = Self.scale(photo, by: min(horizontal, vertical, 1))
            self.scaled = scaled
            self.kept = scaled
        case .cover:
            let factor = max(horizontal, vertical)
            if factor <= 1 {
                let scaled = Self.scale(photo, by: factor)
                // Rounding must not leave a pixel of the box uncovered.
                self.scaled = Size(
                    width: max(scaled.width, min(target.width, photo.width)),
                    height: max(scaled.height, min(target.height, photo.height)))
                self.kept = Size(
                    width: min(target.width, self.scaled.width), height: min(target.height, self.scaled.height))
            } else {
                // Too small to cover: the box's shape at the photo's own scale.
                self.scaled = photo
                self.kept = Size(
                    width: min(photo.width, max(1, Int((Double(target.width) / factor).rounded()))),
                    height: min(photo.height, max(1, Int((Double(target.height) / factor).rounded()))))
            }
        }
        self.output = recipe.rotation.swapsSides ? self.kept.turned : self.kept
    }

    private static func scale(_ size: Size, by factor: Double) -> Size {
        Size(
            width: max(1, Int((Double(size.width) * factor).rounded())),
            height: max(1, Int((Double(size.height) * factor).rounded())))
    }
}
