import HTTPTypes
import Hummingbird
import PhotoLibrary

/// Finds out which display is asking, from its bearer token. Routes refuse by asking for a ``DisplayContext``.
struct DisplayTokenMiddleware: RouterMiddleware {
    typealias Context = PhotoServerRequestContext
    let library: PhotoLibrary

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = request.bearerToken,
            let display = try await self.library.display(tokenHash: SecretToken.hash(of: token))
        {
            context.display = display
        }
        return try await next(request, context)
    }
}

extension Request {
    /// The token of `Authorization: Bearer …` (RFC 6750), if one of a sane length came along.
    var bearerToken: String? {
        guard let value = self.headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 512 else { return nil }
        return String(parts[1])
    }
}
