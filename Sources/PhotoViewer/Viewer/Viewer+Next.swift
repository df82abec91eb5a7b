import DisplayChannel
import Slideshow

extension Viewer {
    /// What decides which photo comes next. While it stays the same, so does the photo.
    struct NextBasis: Equatable {
        var showing: String?
        var appliedRevision: Int64
        var lastCommand: Int64?
    }

    /// Looking ahead in a shuffled list costs as much as sorting it; a small board has better things to do.
    private static let longestListLookedInto = 2_000

    /// Notes in the status which photo is meant to be next.
    func foretellNext() {
        let basis = NextBasis(
            showing: self.status.showing, appliedRevision: self.status.appliedRevision,
            lastCommand: self.status.commands.last?.revision)
        guard basis != self.nextBasis else { return }
        self.nextBasis = basis
        let isKnown = self.slideshow.slides.count <= Self.longestListLookedInto && !self.slideshow.isPaused
        self.status.next = isKnown ? self.slideshow.upcoming(1).first?.name : nil
    }
}
