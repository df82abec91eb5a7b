import DisplayChannel

/// Playlists that simulated displays have in common: each is fetched once, whoever asks first.
actor PlaylistShelf {
    /// The oldest is forgotten first.
    private static let limit = 64

    private let service: any PhotoService
    private var known: [String: PlaylistDocument] = [:]
    private var order: [String] = []
    private var underway: [String: Task<PlaylistDocument, any Error>] = [:]

    init(service: any PhotoService) { self.service = service }

    /// - Throws: ``ViewerError``: why the playlist cannot be had.
    func document(_ reference: PlaylistReference, token: String) async throws -> PlaylistDocument {
        let sha256 = reference.sha256
        if let document = self.known[sha256] { return document }
        if let task = self.underway[sha256] { return try await task.value }
        let service = self.service
        let task = Task { try PlaylistDocument(try await service.playlist(sha256, token: token), sha256: sha256) }
        self.underway[sha256] = task
        defer { self.underway[sha256] = nil }
        let document = try await task.value
        self.known[sha256] = document
        self.order.append(sha256)
        if self.order.count > Self.limit { self.known[self.order.removeFirst()] = nil }
        return document
    }
}
