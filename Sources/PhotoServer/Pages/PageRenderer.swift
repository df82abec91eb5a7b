import Foundation
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Renders the pages. The templates are part of the program; names and everything else from outside is escaped by them.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary

    /// Parses every template; throws when one of them is not well formed.
    init() throws {
        var library = MustacheLibrary()
        for (name, bytes) in EmbeddedResources.templates {
            try library.register(String(decoding: bytes, as: UTF8.self), named: name)
        }
        self.library = library
    }

    /// A page for people who are signed in, within the common frame.
    func page<Content>(_ page: Page<Content>) throws -> Response {
        try self.html(page, template: page.section.template)
    }

    /// A page of its own, outside the frame.
    func bare(_ content: some BarePage) throws -> Response {
        try self.html(content, template: type(of: content).template, status: content.status)
    }

    /// Says what went wrong to somebody with a browser.
    func errorPage(_ problem: Problem) throws -> Response {
        var response = try self.bare(ErrorPage(problem: problem))
        for header in problem.headers {
            response.headers[header.name] = header.value
        }
        return response
    }

    private func html(_ content: Any, template: String, status: HTTPResponse.Status = .ok) throws -> Response {
        guard let text = self.library.render(content, withTemplate: template) else {
            throw Problem(.internalServerError, "template-missing", "The page \(template) is missing.")
        }
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
