import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary
import Renditions

/// `/api/v1/displays`: what people do with displays.
struct DisplaysController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard
    let commands: CommandSender
    let pictures: ScreenPictures
    let observe: @Sendable (ServerStep) -> Void

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("displays", use: self.list)
        router.get("displays/{id}", use: self.show)
        router.patch("displays/{id}", use: self.change)
        router.delete("displays/{id}", use: self.remove)
        for order in ["next", "previous", "pause", "resume", "show", "identify", "restart-screen", "reboot"] {
            router.post("displays/{id}/\(order)") { try await self.command($0, $1, order: order) }
        }
        router.get("displays/{id}/photos", use: self.photos)
        router.post("displays/{id}/picture", use: self.askForPicture)
        router.get("displays/{id}/picture/{request}", use: self.picture)
    }

    private struct List: Encodable { let displays: [DisplayView] }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try .json(List(displays: self.board.views))
    }

    private func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try await self.answer(try self.id(context).text)
    }

    // MARK: State

    private func change(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try self.id(context).text
        let change = try await request.json(DisplayChange.self)
        self.observe(.changeAsked)
        _ = try await self.library.updateDisplay(id, by: context.session.userName, members: DisplayChange.members) {
            try change.apply(to: &$0)
        }
        self.observe(.changeCommitted)
        return try await self.answer(id)
    }

    private func remove(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try self.id(context).text
        try await self.library.removeDisplay(id)
        await self.board.reload(id)
        return Response(status: .noContent)
    }

    private func answer(_ id: String) async throws -> Response {
        await self.board.reload(id)
        guard let view = self.board.view(of: id) else { throw Problem.displayNotFound }
        return try .json(view)
    }

    // MARK: Commands

    private struct Order: Decodable {
        let photo: Int64?
        let seconds: Int?
    }

    private struct Sent: Encodable {
        /// The command's id; the display reports it in its status.
        let revision: Int64
        /// Where its picture will be, for `picture`.
        var request: String?
    }

    private func command(_ request: Request, _ context: BrowserContext, order: String) async throws -> Response {
        let (id, kind) = try await self.known(context)
        let body = try await request.json(Order.self)
        let command: DisplayCommand
        switch order {
        case "next": command = .changePhoto(.forward)
        case "previous": command = .changePhoto(.back)
        case "pause": command = .pause(true)
        case "resume": command = .pause(false)
        case "identify":
            let seconds = body.seconds ?? 10
            guard (1...300).contains(seconds) else {
                throw Problem(
                    .unprocessableContent, "seconds-invalid", "A display shows its name for 1 to 300 seconds.")
            }
            command = .identify(seconds: seconds)
        case "restart-screen": command = .restartScreen
        case "reboot": command = .reboot
        default:
            guard let number = body.photo, let photo = try await self.library.photo(PhotoID(number)) else {
                throw Problem.photoNotFound
            }
            command = .show(photo: photo.name)
        }
        guard kind != .legacy || command.isKnownToLegacyDisplays else { throw Problem.unknownToLegacyDisplays }
        return try .json(Sent(revision: try await self.send(command, to: id, of: kind)), status: .accepted)
    }

    private func askForPicture(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let (id, kind) = try await self.known(context)
        guard kind != .legacy else { throw Problem.unknownToLegacyDisplays }
        let number = try self.pictures.expect(from: id.text)
        let revision = try await self.send(.currentDisplay(request: number), to: id, of: kind)
        return try .json(Sent(revision: revision, request: number), status: .accepted)
    }

    /// Puts a command, and has the board watch for what becomes of it.
    private func send(
        _ command: DisplayCommand, to id: DisplayID, of kind: DisplayRecord.Kind
    ) async throws -> Int64 {
        let begun = Date()
        self.observe(.commandAsked)
        let revision = try await self.commands.send(command, to: id, expires: kind != .legacy)
        self.observe(.commandPut)
        // A display of the older system never says what became of a command.
        if kind != .legacy {
            self.board.sent(CommandProgress(topic: command.topic, revision: revision, sentAt: begun), to: id.text)
        }
        self.observe(.commandTold)
        return revision
    }

    private struct Photos: Encodable {
        let photos: [PhotoView]
        /// What to give as `after` for more.
        let next: Int?
    }

    /// What can be shown on a display now: its own photos, in their order.
    private func photos(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try self.id(context).text
        let query = request.uri.queryParameters
        let limit = min(max(query["limit"].flatMap { Int($0) } ?? 100, 1), RequestLimits.photosPerPage)
        let after = max(0, query["after"].flatMap { Int($0) } ?? 0)
        let page = try await self.library.photos(
            onDisplay: id, text: query["text"].map(String.init) ?? "", after: after, limit: limit)
        return try .json(Photos(photos: page.photos.map { PhotoView($0) }, next: page.next))
    }

    private func picture(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let id = try self.id(context).text
        let number = try context.parameters.require("request")
        let picture = try await self.pictures.wait(for: number, of: id)
        return Response(
            status: .ok, headers: [.contentType: "image/jpeg", .cacheControl: "no-store"],
            body: .init(byteBuffer: picture))
    }

    private func id(_ context: BrowserContext) throws -> DisplayID {
        guard let id = context.parameters.get("id").flatMap(DisplayID.init) else { throw Problem.displayNotFound }
        return id
    }

    private func known(_ context: BrowserContext) async throws -> (DisplayID, DisplayRecord.Kind) {
        let id = try self.id(context)
        guard let record = try await self.library.display(id.text) else { throw Problem.displayNotFound }
        return (id, record.kind)
    }
}

extension DisplayCommand {
    /// The older system's own.
    fileprivate var isKnownToLegacyDisplays: Bool {
        [.changePhoto, .restartScreen, .reboot].contains(self.topic)
    }
}

extension Problem {
    static let unknownToLegacyDisplays = Problem(
        .conflict, "older-display", "A display of the older system does not know this command.",
        remedy: "It knows next and previous, restart of the screen, and reboot.")

    static let displayNotFound = Problem(
        .notFound, "display-not-found", "There is no such display; it may have been removed.")
}
