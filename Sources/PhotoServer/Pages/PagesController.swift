import HTTPTypes
import Hummingbird
import PhotoLibrary

/// The pages for people who are signed in. Each is rendered with what it shows; its script then keeps it current.
struct PagesController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard
    let hub: EventHub
    let upkeep: MediatorUpkeep
    let notices: SecurityNotices
    let pages: PageRenderer
    let site: Site

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("/") { _, _ in Response.redirect(to: "/displays") }
        router.get("displays", use: self.displays)
        router.get("pair", use: self.pair)
        router.get("photos", use: self.photos)
        router.get("albums", use: self.albums)
        router.get("albums/{id}", use: self.album)
        router.get("people", use: self.people)
        router.get("account", use: self.account)
    }

    private func displays(_ request: Request, _ context: BrowserContext) async throws -> Response {
        // The place first: what changes while the page is written is told again.
        let cursor = self.hub.cursor
        let cards = EventWriter(board: self.board, upkeep: self.upkeep, view: .cards, display: nil)
        let content = try WallPage(
            cards: cards.cards(cursor: cursor), notices: self.notices.sentences,
            albums: try await AlbumView.all(of: self.library),
            groups: try await GroupView.all(of: self.library),
            serverURL: self.site.url(path: "", listening: request.head.authority ?? "localhost"))
        return try self.pages.page(Page(.displays, title: "Displays", session: context.session, content: content))
    }

    private func pair(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let content = PairPage(
            code: request.uri.queryParameters["code"].flatMap { PairingCode(typed: String($0)) }?.text ?? "",
            albums: AlbumChoice.list(try await AlbumView.all(of: self.library), current: nil),
            notices: self.notices.sentences,
            displays: self.board.views.map { Choice(value: $0.id, label: $0.name, selected: false) },
            serverURL: self.site.url(path: "", listening: request.head.authority ?? "localhost"))
        return try self.pages.page(Page(.pair, title: "Add a display", session: context.session, content: content))
    }

    private func photos(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = request.uri.queryParameters
        let filter = try PhotoQuery.filter(query)
        let content = PhotosPage(
            listing: try await self.listing(filter), name: "Photos", filter: filter,
            text: query["text"].map(String.init) ?? "", albums: try await AlbumView.all(of: self.library))
        return try self.pages.page(Page(.photos, title: "Photos", session: context.session, content: content))
    }

    private func albums(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let content = AlbumsPage(albums: try await AlbumView.all(of: self.library))
        return try self.pages.page(Page(.albums, title: "Albums", session: context.session, content: content))
    }

    private func album(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try context.albumID
        guard let album = try await self.library.album(id) else { throw Problem.albumNotFound }
        let content = PhotosPage(
            listing: try await self.listing(PhotoFilter(album: id)), name: album.name, filter: PhotoFilter(album: id),
            albums: try await AlbumView.all(of: self.library))
        return try self.pages.page(Page(.album, title: album.name, session: context.session, content: content))
    }

    private func people(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let content = PeoplePage(albums: try await AlbumView.all(of: self.library))
        return try self.pages.page(Page(.people, title: "People", session: context.session, content: content))
    }

    private func account(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try self.pages.page(
            Page(.account, title: "Your account", session: context.session, content: AccountPage(context.session)))
    }

    private func listing(_ filter: PhotoFilter) async throws -> PhotoListing {
        try await PhotoListing(
            library: self.library, filter: filter, after: nil, limit: RequestLimits.photosPerPage / 2)
    }
}
