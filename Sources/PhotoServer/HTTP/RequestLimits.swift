import HummingbirdCore
import NIOCore

/// What one client may ask of this server, in one place.
enum RequestLimits {
    /// Bytes of a JSON or form body.
    static let jsonBytes = 1 << 20
    /// Bytes of one uploaded photo.
    static let uploadBytes = 500 << 20
    /// Bytes of a display's picture of its screen.
    static let screenPictureBytes = 8 << 20
    /// Bytes of one header field, and of all of them.
    static let headerFieldBytes = 16 << 10
    static let headerListBytes = 64 << 10
    static let headerFields = 100
    /// A connection on which nothing arrives for this long while a request is read, or between requests, is closed.
    static let idle: TimeAmount = .seconds(60)
    /// Connections at one time, where this process may open so many files. One more closes the one that has been idle
    /// longest.
    static let connections = 4096
    /// Beyond it nothing more is accepted: connections that are being closed count until they are.
    static let openSockets = 4096 + 256
    /// Browsers that follow the live events at one time.
    static let eventSubscribers = 2048
    /// Displays that follow their keys over HTTP at one time.
    static let displayFollowers = 3072
    /// Bytes of a display's status.
    static let statusBytes = 16 << 10
    /// Uploads that are being received or looked at, at one time.
    static let uploadsAtOnce = 16
    /// Displays that wait to be let in.
    static let pendingDisplays = 50
    /// Displays that hold a request open while they wait.
    static let waitingRegistrations = 200
    /// How long such a request is held.
    static let registrationWait: Duration = .seconds(25)
    /// Codes that are on no screen and may be typed within five minutes: by one person, and from one address.
    static var codeGuesses: SignInLimiter<ContinuousClock.Instant>.Limits {
        var limits = SignInLimiter<ContinuousClock.Instant>.Limits()
        limits.failuresPerAddress = 10
        limits.failuresPerAccount = 20
        return limits
    }
    /// Photos named in one request.
    static let photosPerRequest = 5000
    /// Photos of one page of a listing.
    static let photosPerPage = 200
    /// Characters of a name that is looked up.
    static let nameCharacters = 200
}
