/// What ought to be on the stage. The projector brings the stage there.
struct Projection: Hashable, Sendable {
    struct Picture: Hashable, Sendable {
        var id: PictureID
        /// The JPEG to load it from.
        var path: String
    }

    struct Transition: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case cut, crossfade, fadeThroughBlack }

        var kind = Kind.crossfade
        var duration: Duration = .seconds(1)
    }

    var picture: Picture?
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

/// What a projector has to tell.
enum ProjectorEvent: Sendable {
    /// The first frame that shows the projection of `ticket`, and so of all before it. During a transition the new
    /// picture is already part of it.
    case presented(ticket: UInt64, frame: PresentedFrame, picture: PictureID?)
    /// The file is not a picture that can be shown.
    case unplayable(PictureID, StageError)
    /// Drawing fails; tries go on. Nil when it works again.
    case failing(StageError?)
}
