import PhotoLibrary

/// An album as people and programs see it.
struct AlbumView: Encodable, Sendable, Equatable {
    let id: Int64
    let name: String
    let photoCount: Int
    let countText: String
    /// Addresses of thumbnails, three at most.
    let covers: [String]
    /// What decides about its photos; absent for an album by hand.
    let rule: PhotoRule?
    let isSmart: Bool

    init(_ album: AlbumSummary) {
        self.init(
            id: album.id, name: album.name, photoCount: album.photoCount, covers: album.coverID.map { [$0] } ?? [],
            rule: album.photoRule)
    }

    private init(id: AlbumID, name: String, photoCount: Int, covers: [PhotoID], rule: PhotoRule?) {
        self.rule = rule
        self.isSmart = rule != nil
        self.id = id.rawValue
        self.name = name
        self.photoCount = photoCount
        self.countText = photoCount == 1 ? "1 photo" : "\(photoCount) photos"
        self.covers = covers.map(PhotoView.thumbnailAddress)
    }
}
