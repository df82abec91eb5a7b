/// How photos are put on the screen. Changing it changes the next frame, in the middle of a fade too.
package struct Look: Hashable, Sendable {
    package enum Fit: Hashable, Sendable {
        /// The whole photo, with background beside it.
        case contain
        /// The whole screen, with the photo's edges cut.
        case cover
    }

    package enum Background: Hashable, Sendable {
        case black
        /// The photo itself, enlarged, blurred and darkened.
        case blur
        /// As a framer mounts it: all around the photo, in a quiet colour taken from it. Never covered.
        case mat
    }

    /// How far the picture is turned on the panel, clockwise, because the panel itself hangs turned.
    package enum Rotation: Int, Hashable, Sendable, CaseIterable {
        case none = 0
        case quarter = 90
        case half = 180
        case threeQuarters = 270

        package var swapsSides: Bool { self == .quarter || self == .threeQuarters }
    }

    package var fit = Fit.contain
    package var background = Background.black
    package var rotation = Rotation.none
    // As the CSS filter functions of these names, applied in this order: 1 changes nothing.
    package var brightness = 1.0
    package var contrast = 1.0
    package var saturation = 1.0

    package init(
        fit: Fit = .contain, background: Background = .black, rotation: Rotation = .none, brightness: Double = 1,
        contrast: Double = 1, saturation: Double = 1
    ) {
        self.fit = fit
        self.background = background
        self.rotation = rotation
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
    }
}
