import Crypto
import DisplayChannel
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /api/v1/openapi.json`, and the page that shows the same to people: for everybody who is signed in and for every
/// program that may look.
struct DescriptionController: Sendable {
    private let document: ByteBuffer
    private let tag: String
    private let page: APIPage
    private let pages: PageRenderer

    init(site: Site, pages: PageRenderer) {
        let bytes = APIDescription(site: site).json.json
        self.document = ByteBuffer(bytes: bytes)
        self.tag = "\"\(Data(SHA256.hash(data: Data(bytes)).prefix(12)).base64URLEncoded)\""
        self.page = APIPage()
        self.pages = pages
    }

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("openapi.json") { request, _ in
            var headers: HTTPFields = [.eTag: self.tag, .cacheControl: "private, no-cache"]
            if request.headers[.ifNoneMatch]?.contains(self.tag) == true {
                return Response(status: .notModified, headers: headers)
            }
            headers[.contentType] = "application/json; charset=utf-8"
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: self.document))
        }
    }

    func addPage(to router: some RouterMethods<BrowserContext>) {
        router.get("api") { _, context in
            try self.pages.page(Page(.api, title: "For programs", session: context.session, content: self.page))
        }
    }
}
