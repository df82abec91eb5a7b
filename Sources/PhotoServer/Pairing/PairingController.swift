import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/pairings`: letting in the display whose screen shows a code.
struct PairingController: Sendable {
    let admission: DisplayAdmission
    let board: FleetBoard
    let site: Site

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("pairings/{code}", use: self.find)
        router.post("pairings", use: self.pair)
    }

    private struct Found: Encodable {
        let code: String
        /// What it calls itself; may be nothing.
        let name: String?
        let kind: DisplayRecord.Kind
        let width: Int
        let height: Int
        let address: String
    }

    private func find(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let code = try context.parameters.require("code")
        let found = try self.admission.find(code, guesser: self.guesser(request, context))
        return try .json(
            Found(
                code: found.code.text, name: found.name, kind: found.kind, width: found.width, height: found.height,
                address: found.address))
    }

    private struct Body: Decodable {
        let code: String
        let name: String?
        let album: Int64?
        /// The id of the display whose place it takes.
        let replaces: String?
    }

    private func pair(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let body = try await request.json(Body.self)
        let pairing = DisplayAdmission.Pairing(
            name: body.name, album: body.album.map { AlbumID($0) }, replaced: body.replaces)
        let id = try await self.admission.pair(body.code, pairing, guesser: self.guesser(request, context))
        if let replaced = body.replaces { await self.board.reload(replaced) }
        await self.board.reload(id)
        guard let view = self.board.view(of: id) else { throw Problem.displayNotFound }
        return try .json(view, status: .created)
    }

    private func guesser(_ request: Request, _ context: BrowserContext) -> (user: String, address: String) {
        (context.session.userName, self.site.clientAddress(request, peer: context.peer))
    }
}
