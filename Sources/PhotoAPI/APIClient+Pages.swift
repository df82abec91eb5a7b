extension APIClient {
    /// One page of a listing, and what to give as `after` for the next.
    private struct PhotoPage: Decodable, Sendable {
        let photos: [Photo]
        let next: String?
        let total: Int
    }

    /// Photos that a query finds, page by page until there are enough of them.
    ///
    /// - Parameters:
    ///   - query: The members that `GET /api/v1/photos` takes.
    ///   - limit: How many at most.
    /// - Returns: Them, as one listing, and how many there are in all.
    package func photos(
        _ query: [String: String?], limit: Int
    ) async throws -> (photos: [Photo], total: Int, json: JSON) {
        var photos: [Photo] = []
        var elements: [JSON] = []
        var after: String?
        var total = 0
        repeat {
            var query = query
            query["after"] = after
            query["limit"] = "\(min(Self.photosPerPage, limit - photos.count))"
            let page = try await self.get(["photos"], query: query, as: PhotoPage.self)
            photos += page.value.photos
            elements += page.json["photos"]?.elements ?? []
            total = page.value.total
            after = page.value.next
        } while after != nil && photos.count < limit
        return (photos, total, ["photos": .array(elements), "total": .integer(Int64(total))])
    }

    /// What the server gives at once at most.
    private static let photosPerPage = 200
}
