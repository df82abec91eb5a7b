import Hummingbird
import Logging
import NIOCore
import PhotoLibrary

/// What is known about a request before its route runs.
struct PhotoServerRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the connection: a reverse proxy, perhaps.
    let peer: SocketAddress?
    /// Set by ``SessionMiddleware`` when a valid session cookie, or a program's token, came along.
    var session: BrowserSession?
    /// Set by ``DisplayTokenMiddleware`` when a valid display token came along.
    var display: DisplayRecord?
    /// Set by ``GuestMiddleware`` when the token of an upload link came along.
    var uploadLink: UploadLink?

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.peer = source.channel.remoteAddress
    }

    var maxUploadSize: Int { RequestLimits.jsonBytes }
}

/// The context of routes for people who are signed in. Its existence is the proof: there is no way to make one without
/// a session.
struct BrowserContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let session: BrowserSession
    /// The other end of the connection: a reverse proxy, perhaps.
    let peer: SocketAddress?

    init(context: PhotoServerRequestContext) throws {
        guard let session = context.session else { throw Problem.signInRequired }
        self.coreContext = context.coreContext
        self.session = session
        self.peer = context.peer
    }
}

/// The context of routes for an admitted display.
struct DisplayContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    let display: DisplayRecord
    /// The other end of the connection: a reverse proxy, perhaps.
    let peer: SocketAddress?

    init(context: PhotoServerRequestContext) throws {
        guard let display = context.display else { throw Problem.displayTokenVoid }
        self.coreContext = context.coreContext
        self.display = display
        self.peer = context.peer
    }
}
