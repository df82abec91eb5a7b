import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PhotoLibrary
import Renditions

/// `POST /register` and `GET /download/<name>`, as the older system's displays ask: by form, without credentials, and
/// answered with plain arrays. Whoever knows a display's id is that display, and photos in the albums of such displays
/// are for everybody who knows their names.
struct LegacyController: Sendable {
    /// So many have nothing that tells them from strangers; no more than a large house has.
    static let capacity = 200
    /// They do not say how large their screens are.
    private static let size = (width: 1920, height: 1080)

    let library: PhotoLibrary
    let guests: LegacyGuests
    let defaultAlbum: String?
    let logger: Logger

    func addRoutes(to router: some RouterMethods<PhotoServerRequestContext>) {
        router.post("register", use: self.register)
        router.get("download/{name}", use: self.download)
    }

    private func register(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        guard request.headers[.userAgent]?.lowercased().contains("photoviewer") == true else {
            throw Problem(.forbidden, "not-a-photoviewer", "This is for the older system's photoviewer.")
        }
        let form = FormFields.read(String(buffer: try await request.body.collect(upTo: 16 << 10)))
        let record = try await self.display(form["pkid"] ?? "")
        // The display's watch begins when this is answered; by then it must be let in there.
        try await self.guests.update()
        try await self.library.touchDisplay(record.id, seenAt: Date())
        let names = try await self.library.publication(for: record.id)?.playlist.names ?? []
        self.logger.info(
            "older display registered",
            metadata: ["display": "\(record.id)", "photos": "\(names.count)", "free": "\(form["freespace"] ?? "")"])
        let body = JSONValue.array([.string(record.id), .array(names.map(JSONValue.string))])
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: body.json)))
    }

    /// The display of this id; a new one when it names none yet.
    private func display(_ pkid: String) async throws -> DisplayRecord {
        let text = pkid.trimmingCharacters(in: .whitespaces).lowercased()
        guard let id = DisplayID(text.isEmpty ? UUID().uuidString.lowercased() : text) else {
            throw Problem.badRequest("The field \"pkid\" must be 1 to 64 of a-z, 0-9 and -.")
        }
        let known = try await self.library.displays()
        if let record = known.first(where: { $0.id == id.text }) {
            guard record.kind == .legacy else {
                throw Problem(.forbidden, "another-display", "Another display has this id.")
            }
            return record
        }
        guard known.count(where: { $0.kind == .legacy }) < Self.capacity else {
            throw Problem(
                .serviceUnavailable, "too-many-displays", "\(Self.capacity) older displays are registered.",
                remedy: "Remove some that are not there any more.")
        }
        var album: AlbumID?
        if let defaultAlbum { album = try await self.library.album(named: defaultAlbum)?.id }
        self.logger.notice("older display let in without any credentials", metadata: ["display": "\(id)"])
        return try await self.library.admitDisplay(
            NewDisplay(
                id: id.text, name: "Older display \(id.text.prefix(8))", kind: .legacy, secretHash: "",
                width: Self.size.width, height: Self.size.height,
                settings: String(decoding: DisplaySettings().json, as: UTF8.self), albumID: album))
    }

    private func download(_ request: Request, _ context: PhotoServerRequestContext) async throws -> Response {
        guard let name = try context.parameters.require("name").removingPercentEncoding else {
            throw Problem.photoNotFound
        }
        // It does not say which one it is: the photo as it is cut for the first of them that may have it.
        for display in try await self.library.displays() where display.kind == .legacy {
            do {
                let (id, file) = try await self.library.renditionFile(ofPhotoNamed: name, for: display)
                var response = try await FileResponse.immutable(
                    request, context, mediaType: "image/jpeg", tag: id.text, isPrivate: true
                ) { file.path }
                response.headers[.cacheControl] = "private, no-cache"
                return response
            } catch let error as PhotoLibraryError where error.code == .notFound {
                continue
            }
        }
        throw Problem.photoNotFound
    }
}
