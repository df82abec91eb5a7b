/// What ought to be on the stage. The projector brings the stage there.
struct Projection: Hashable, Sendable {
    struct Picture: Hashable, Sendable {
        var id: PictureID
        /// What it shows, one photo or two from the left: their contents, and the JPEGs to load them from.
        var contents: [String]
        var paths: [String]
    }

    struct Transition: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case cut, crossfade, fadeThroughBlack }

        var kind = Kind.crossfade
        var duration: Duration = .seconds(1)
    }

    var picture: Picture?
    /// What will probably come next: loaded beforehand, so that the change comes at its time.
    var upcoming: Picture?
    /// How long the picture will be shown, where it is to move meanwhile.
    var motion: Duration?
    var look = Look()
    var card: Card?
    var notes: [Card] = []
    /// What the picture's light is multiplied with: less than 1 in the evening.
    var light = 1.0
    /// Nothing is shown, whatever the rest says.
    var isDark = false
    /// How the next picture replaces this one.
    var transition = Transition()
}

extension Projection {
    /// Whether a frame of `other` looks different: what comes later, and how, is nothing to see.
    func looksLike(_ other: Projection) -> Bool {
        var other = other
        (other.transition, other.upcoming) = (self.transition, self.upcoming)
        if (other.motion == nil) == (self.motion == nil) { other.motion = self.motion }
        return self == other
    }
}

/// What a projector has to tell.
enum ProjectorEvent: Sendable {
    /// The first frame that shows the projection of `ticket`, and so of all before it. During a transition the new
    /// picture is already part of it.
    case presented(ticket: UInt64, frame: PresentedFrame, picture: PictureID?)
    /// A file is not a picture that can be shown.
    case unplayable(Projection.Picture, StageError)
    /// Drawing fails; tries go on. Nil when it works again.
    case failing(StageError?)
}
