import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary
import Renditions

/// What an admitted display fetches and sends. A display reaches its own photos and playlists and nothing else: what is
/// another's is not found, so that it cannot even be guessed at.
struct DisplayContentController: Sendable {
    let library: PhotoLibrary
    let pictures: ScreenPictures

    func addRoutes(to router: some RouterMethods<DisplayContext>) {
        router.get("display/playlists/{sha256}", use: self.playlist)
        router.get("display/photos/{rendition}", use: self.rendition)
        router.get("display/photos/by-name/{name}", use: self.photoByName)
        router.put("display/screen/{request}", use: self.screen)
    }

    private func playlist(_ request: Request, _ context: DisplayContext) async throws -> Response {
        let digest = try context.parameters.require("sha256")
        guard PlaylistReference.isDigest(digest),
            let json = try await self.library.playlistDocument(sha256: digest, for: context.display.id)
        else {
            throw Problem(.notFound, "playlist-not-found", "This is no playlist of this display, or an old one.")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json; charset=utf-8", .eTag: "\"\(digest)\"",
                .cacheControl: "private, max-age=31536000, immutable",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    private func rendition(_ request: Request, _ context: DisplayContext) async throws -> Response {
        guard let id = RenditionID(text: try context.parameters.require("rendition")),
            try await self.library.displayMayFetch(context.display.id, rendition: id)
        else { throw Problem.photoNotFound }
        return try await FileResponse.immutable(
            request, context, mediaType: "image/jpeg", tag: id.text, isPrivate: true
        ) { try await self.library.renditionFile(id).path }
    }

    private func photoByName(_ request: Request, _ context: DisplayContext) async throws -> Response {
        guard let name = try context.parameters.require("name").removingPercentEncoding else {
            throw Problem.photoNotFound
        }
        let (id, file) = try await self.library.renditionFile(ofPhotoNamed: name, for: context.display)
        var response = try await FileResponse.immutable(
            request, context, mediaType: "image/jpeg", tag: id.text, isPrivate: true
        ) { file.path }
        // A name may mean another photo tomorrow.
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }

    private func screen(_ request: Request, _ context: DisplayContext) async throws -> Response {
        let number = try context.parameters.require("request")
        let picture = try await request.body.collect(upTo: RequestLimits.screenPictureBytes)
        // Shown in the browsers of the people who asked: only what begins like a JPEG is passed on as one.
        let bytes = picture.readableBytesView
        guard bytes.count > 4, bytes.starts(with: [0xFF, 0xD8, 0xFF]) else {
            throw Problem(.unsupportedMediaType, "jpeg-expected", "A picture of the screen must be a JPEG.")
        }
        try self.pictures.deliver(picture, request: number, from: context.display.id)
        return Response(status: .noContent)
    }
}
