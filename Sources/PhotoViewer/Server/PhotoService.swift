/// What a display wants from its photoserver. Every call ends within a time limit of its own.
package protocol PhotoService: Sendable {
    /// From now on this is the server: `http://host:port` or `https://host`.
    ///
    /// - Throws: ``ViewerError`` with code `unintelligible` when it is not such a URL.
    func use(server: String) throws(ViewerError)
    func register(_ registration: Registration) async throws(ViewerError) -> RegistrationAnswer
    /// Waits on the server, up to half a minute, for somebody to approve.
    ///
    /// - Throws: ``ViewerError``: `notFound` when the server does not know this registration (any more).
    func awaitApproval(_ registration: String, secret: String) async throws(ViewerError) -> RegistrationAnswer
    /// The document's bytes, unchecked.
    func playlist(_ sha256: String, token: String) async throws(ViewerError) -> [UInt8]
    /// Streams the picture into a new file at `path`; when this returns, as many bytes as were promised are there.
    func download(_ content: PhotoContent, token: String, to path: String) async throws(ViewerError)
    /// Whether the server answers at all. Takes a few seconds at most.
    func answers() async -> Bool
    /// Answers a request for a picture of the screen.
    func send(screen jpeg: [UInt8], request: String, token: String) async throws(ViewerError)
    /// What the server's clock says, since 1970-01-01 00:00 UTC.
    ///
    /// - Throws: ``ViewerError``: `unintelligible` when the server is too old to say.
    func time() async throws(ViewerError) -> Duration
}
