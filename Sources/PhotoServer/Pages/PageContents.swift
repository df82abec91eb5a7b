import PhotoLibrary

/// One entry of a menu.
struct Choice: Sendable {
    let value: String
    let label: String
    let selected: Bool

    /// The choices of a setting, the current one marked.
    static func list(_ labels: [(value: String, label: String)], current: String) -> [Choice] {
        labels.map { Choice(value: $0.value, label: $0.label, selected: $0.value == current) }
    }
}

/// One album in a menu.
struct AlbumChoice: Sendable {
    let id: Int64
    let name: String
    let selected: Bool

    static func list(_ albums: [AlbumView], current: Int64?) -> [AlbumChoice] {
        albums.map { AlbumChoice(id: $0.id, name: $0.name, selected: $0.id == current) }
    }
}

/// What the page of all photos and the page of one album show.
struct PhotosPage: Sendable {
    let name: String
    let photos: [PhotoView]
    let hasPhotos: Bool
    let total: Int
    let next: String?
    let album: Int64?
    /// In an album that is filled by hand: photos can be taken out and put in order.
    let inAlbum: Bool
    let isSmart: Bool
    let inBin: Bool
    let shelf: String
    let text: String
    let albums: [AlbumChoice]
    /// Those that photos can be put into.
    let handmade: [AlbumChoice]
    let blank = BlankTile()

    init(
        listing: PhotoListing, name: String, filter: PhotoFilter, text: String = "", albums: [AlbumView]
    ) {
        let album = filter.album
        let isSmart = albums.contains { $0.id == album?.rawValue && $0.isSmart }
        self.name = name
        self.photos = listing.photos
        self.hasPhotos = !listing.photos.isEmpty
        self.total = listing.total
        self.next = listing.next
        self.album = album?.rawValue
        self.inAlbum = album != nil && !isSmart
        self.isSmart = isSmart
        self.inBin = filter.shelf == .bin
        self.shelf = filter.shelf.rawValue
        self.text = text
        self.handmade = AlbumChoice.list(albums.filter { !$0.isSmart }, current: nil)
        self.albums = AlbumChoice.list(albums, current: album?.rawValue)
    }
}

/// What the template of a photo is filled with; the script fills in the rest.
struct BlankTile: Sendable {
    let id = ""
    let name = ""
    let favourite = false
}

/// What the page of all albums shows.
struct AlbumsPage: Sendable {
    let albums: [AlbumView]
    let hasAlbums: Bool
    let blank = BlankShelf()

    init(albums: [AlbumView]) {
        self.albums = albums
        self.hasAlbums = !albums.isEmpty
    }
}

/// What the template of an album is filled with.
struct BlankShelf: Sendable {
    let id = ""
    let name = ""
    let countText = ""
    let isSmart = false
    let covers: [String] = []
}

/// What the page of people is filled with; its script fetches the rest.
struct PeoplePage: Sendable {
    /// Those that a guest can add photos to.
    let albums: [AlbumChoice]
    /// The least first: that is what an invitation is for unless somebody says otherwise.
    let roles = Role.allCases.reversed().map(\.rawValue)

    init(albums: [AlbumView]) {
        self.albums = AlbumChoice.list(albums.filter { !$0.isSmart }, current: nil)
    }
}

/// What the page of one's own account is filled with.
struct AccountPage: Sendable {
    let name: String
    let role: String
    let scopes: [String]
    let shortest = PasswordRules.shortest
    let longest = PasswordRules.longest

    init(_ session: BrowserSession) {
        self.name = session.userName
        self.role = session.role
        self.scopes = Scope.allCases.filter(session.scopes.contains).map(\.rawValue)
    }
}
