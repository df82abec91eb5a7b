/// How a photo is cut for one purpose: the pixels of a display, or a thumbnail. A pure value: the same recipe on the
/// same photo is the same picture, for ever, so the two together address it (``RenditionID``).
///
/// A photo is never enlarged: one smaller than the box comes out at its own size (`contain`), or cut to the box's
/// shape (`cover`); whoever draws it scales it up, which costs nothing there and a lot of bytes here.
package struct RenditionRecipe: Hashable, Codable, Sendable {
    /// How a photo meets a box of another shape.
    package enum Mode: String, Codable, Sendable, CaseIterable {
        /// All of the photo, inside the box.
        case contain
        /// All of the box, the photo's overhanging edges cut off evenly.
        case cover
    }

    /// A clockwise turn of the photo, on top of its EXIF orientation.
    package enum Rotation: Int, Codable, Sendable, CaseIterable {
        case none = 0
        case quarter = 90
        case half = 180
        case threeQuarters = 270

        /// Whether width and height change places.
        package var swapsSides: Bool { self == .quarter || self == .threeQuarters }
    }

    /// Raise it whenever the same recipe would give other pixels than before: old renditions are then made anew.
    package static let version = 2
    /// The longest side that may be asked for, in pixels; three 8K planes still fit a worker's memory.
    package static let longestSide = 8_192

    /// The box that the result fits, in pixels, at least 1.
    package let width: Int
    /// The box that the result fits, in pixels, at least 1.
    package let height: Int
    package let mode: Mode
    package let rotation: Rotation
    /// JPEG quality, 1 to 100.
    package let quality: Int

    /// Values out of range are clamped: sides to 1 through ``longestSide``, quality to 1 through 100.
    package init(width: Int, height: Int, mode: Mode = .contain, rotation: Rotation = .none, quality: Int = 88) {
        self.width = min(max(width, 1), Self.longestSide)
        self.height = min(max(height, 1), Self.longestSide)
        self.mode = mode
        self.rotation = rotation
        self.quality = min(max(quality, 1), 100)
    }

    /// The same box for a photo that is to be turned further.
    package func turned(by turn: Rotation) -> RenditionRecipe {
        let rotation = Rotation(rawValue: (self.rotation.rawValue + turn.rawValue) % 360) ?? .none
        return RenditionRecipe(
            width: self.width, height: self.height, mode: self.mode, rotation: rotation, quality: self.quality)
    }

    /// For looking at one photo in a page.
    package static let preview = RenditionRecipe(width: 1_600, height: 1_600, quality: 85)

    /// What every photo gets at once, for pages: 480 pixels at most on its longer side.
    package static let thumbnail = RenditionRecipe(width: 480, height: 480, quality: 80)

    private enum CodingKeys: CodingKey { case width, height, mode, rotation, quality }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            width: try container.decode(Int.self, forKey: .width),
            height: try container.decode(Int.self, forKey: .height),
            mode: try container.decode(Mode.self, forKey: .mode),
            rotation: try container.decode(Rotation.self, forKey: .rotation),
            quality: try container.decode(Int.self, forKey: .quality))
    }

    /// The recipe as text, one spelling for each recipe. Part of what a ``RenditionID`` hashes.
    package var canonicalText: String {
        "v\(Self.version) jpeg \(self.width)x\(self.height) \(self.mode.rawValue) \(self.rotation.rawValue) q\(self.quality)"
    }

    /// Reads ``canonicalText`` back; `nil` for anything else, an older version's included.
    package init?(canonicalText text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[5].first == "q", let quality = Int(words[5].dropFirst()),
            let mode = Mode(rawValue: String(words[3])),
            let rotation = Int(words[4]).flatMap(Rotation.init(rawValue:))
        else { return nil }
        let sides = words[2].split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2 else { return nil }
        self.init(width: sides[0], height: sides[1], mode: mode, rotation: rotation, quality: quality)
        guard self.canonicalText == text else { return nil }
    }
}
