/// A request on the server's port that is not gRPC: a look at its state with a browser or a monitor.
package struct PlainHTTPRequest: Sendable {
    /// `GET` or `HEAD`.
    package let method: String
    /// With the query.
    package let target: String

    /// Without the query.
    package var path: String { String(self.target.prefix { $0 != "?" }) }
    /// What stands behind the question mark.
    package var query: String { String(self.target.drop { $0 != "?" }.dropFirst()) }
}

/// The answer to a ``PlainHTTPRequest``.
package struct PlainHTTPResponse: Sendable {
    package let status: Int
    package let contentType: String
    package let body: String

    package init(_ status: Int, contentType: String = "text/plain; charset=utf-8", _ body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static let notFound = PlainHTTPResponse(404, "404 page not found\n")
    static let methodNotAllowed = PlainHTTPResponse(405, "Method Not Allowed\n")
}

/// Answers requests that are not gRPC. Called on an event loop: it must not block.
package typealias PlainHTTPPages = @Sendable (PlainHTTPRequest) -> PlainHTTPResponse?

/// The answer to any request that is not gRPC.
func plainResponse(method: String, target: String, pages: PlainHTTPPages?) -> PlainHTTPResponse {
    guard method == "GET" || method == "HEAD" else { return .methodNotAllowed }
    return pages?(PlainHTTPRequest(method: method, target: target)) ?? .notFound
}
