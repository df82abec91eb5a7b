import DisplayChannel
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// The pages of one display, of all groups, and of one group.
struct GroupPages: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard
    let pages: PageRenderer

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("displays/{id}", use: self.display)
        router.get("groups", use: self.groups)
        router.get("groups/{id}", use: self.group)
    }

    private func display(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let id = context.parameters.get("id").flatMap(DisplayID.init), let view = self.board.view(of: id.text)
        else { throw Problem.displayNotFound }
        let content = SettingsPage(
            view: view, albums: try await AlbumView.all(of: self.library),
            group: try await self.library.group(of: id.text))
        return try self.pages.page(Page(.settings, title: view.name, session: context.session, content: content))
    }

    private func groups(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let content = GroupsPage(groups: try await GroupView.all(of: self.library))
        return try self.pages.page(Page(.groups, title: "Groups", session: context.session, content: content))
    }

    private func group(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let view = try await GroupView.one(try context.groupID, of: self.library) else {
            throw Problem.groupNotFound
        }
        let albums = AlbumChoice.list(try await AlbumView.all(of: self.library), current: view.album)
        return try self.pages.page(
            Page(.group, title: view.name, session: context.session, content: GroupPage(group: view, albums: albums)))
    }
}
