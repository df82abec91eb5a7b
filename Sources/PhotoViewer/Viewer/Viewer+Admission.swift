import DisplayChannel
import Slideshow

/// Being admitted, and being forgotten.
extension Viewer {
    /// The display has credentials and a line to its mediator.
    func connect(_ credentials: Credentials, link: any DisplayLink) {
        self.link = link
        self.display = credentials.display.id
        self.name = credentials.display.name
        self.tell(.admitted)
        self.report()
    }

    func tell(_ notice: Notice) {
        self.notice = notice
        self.lookAround()
        self.refreshCard()
    }

    func use(server: String) {
        self.server = server
        self.lookAround()
    }

    /// Sees what is missing around the display, for as long as there is no photo to show.
    func lookAround() {
        guard self.slideshow.current == nil else { return }
        _ = self.now()
        self.missing = Surroundings.missing(server: self.server, isClockWrong: self.trustedClock.isWrong)
        self.refreshCard()
    }

    /// The server has revoked this display: nothing of what it was given stays.
    func forgetEverything() {
        self.link = nil
        self.display = nil
        self.name = nil
        self.state = DisplayState()
        self.source = nil
        self.applied.reset()
        self.waiting = []
        self.pendingShow = nil
        self.troubles = [:]
        self.settings = DisplaySettings()
        self.list([])
        let now = self.now()
        self.perform(self.slideshow.handle(.power(true), at: now) + self.slideshow.handle(.playlist([]), at: now))
        let available = self.slideshow.available
        _ = self.slideshow.handle(.unavailable(available), at: now)
        self.status = DisplayStatus()
        self.status.version = PhotoViewerVersion.text
    }
}
