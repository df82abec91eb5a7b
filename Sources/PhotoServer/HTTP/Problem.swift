import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that says what went wrong and what to do about it: RFC 9457 problem details, with a stable `code` for
/// programs and a `remedy` for people.
package struct Problem: Error, Sendable {
    /// The HTTP status.
    package var status: HTTPResponse.Status
    /// A stable word for programs, such as `album-not-found`.
    package var code: String
    /// What happened, in one sentence for people. Never a secret, a path or another system's message.
    package var detail: String
    /// What to do about it.
    package var remedy: String?
    /// Further headers, such as `Retry-After`.
    package var headers: HTTPFields

    package init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, remedy: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.headers = headers
    }
}

extension Problem: HTTPResponseError {
    private struct Body: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let code: String
        let detail: String
        let remedy: String?
    }

    /// Answers as `application/problem+json`.
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        let body = Body(
            title: self.status.reasonPhrase, status: self.status.code, code: self.code, detail: self.detail,
            remedy: self.remedy)
        let data = try JSONEncoder.api.encode(body)
        var headers = self.headers
        headers[.contentType] = "application/problem+json; charset=utf-8"
        headers[.cacheControl] = "no-store"
        return Response(status: self.status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }
}

extension Problem {
    /// No session, or one that has ended.
    static let signInRequired = Problem(
        .unauthorized, "sign-in-required", "You are not signed in.", remedy: "Sign in and try again.",
        headers: [.wwwAuthenticate: "Bearer"])

    /// A request without this session's CSRF token, or from another site's page.
    static let crossSite = Problem(
        .forbidden, "cross-site", "The request did not come from this server's own page.",
        remedy: "Reload the page. Behind a reverse proxy, start the server with --public-url set to its address.")

    /// A display's token that was never valid, or no longer is.
    static let displayTokenVoid = Problem(
        .unauthorized, "display-token-void", "This display is not, or no longer, admitted.",
        remedy: "Register the display again.", headers: [.wwwAuthenticate: "Bearer"])

    /// The server is on its way out.
    static let stopping = Problem(
        .serviceUnavailable, "stopping", "The server is stopping.", remedy: "Try again shortly.")

    /// A path that leads nowhere.
    static let notFound = Problem(.notFound, "not-found", "There is nothing here.")

    /// A body that is not what the route reads.
    static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, "bad-request", detail, remedy: "Correct the request and send it again.")
    }

    /// JSON that is longer to read than to send.
    static let tooManyValues = Problem(
        .contentTooLarge, "too-many-values",
        "The body has more than some ten thousand values, or more than \(JSONExtent.depth) lists within each other.",
        remedy: "Send it in parts.")

    /// Too much, too often.
    static func tooManyRequests(_ code: String, _ detail: String, retryAfter: Duration) -> Problem {
        let seconds = max(1, retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0))
        return Problem(
            .tooManyRequests, code, detail, remedy: "Wait \(seconds) s and try again.",
            headers: [.retryAfter: "\(seconds)"])
    }
}
