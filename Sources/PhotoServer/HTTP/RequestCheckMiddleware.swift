import DisplayChannel
import Hummingbird
import NIOCore

/// Compares what a request carries with its description in ``Operations``, so that the description is true: a member of
/// the query that cannot be, a member of the body that is missing, of another type or not known is refused by name.
///
/// What a member's value may be beyond that, routes say in their own words. Stands behind access, so that strangers hear
/// that they are strangers first.
struct RequestCheckMiddleware<Context: RequestContext>: RouterMiddleware {
    private static var manner: Schema.Manner { Schema.Manner(schemas: Schemas.all, leavesToRoutes: true) }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let method = request.method == .head ? "GET" : request.method.rawValue
        guard let path = context.endpointPath, let operation = Operations.byRoute["\(method) \(path)"] else {
            return try await next(request, context)
        }
        try Self.check(request.uri.queryParameters, operation)
        guard case .json(let schema) = operation.body else { return try await next(request, context) }
        var request = request
        let body = try await request.collectBody(upTo: RequestLimits.jsonBytes)
        if body.readableBytes > 0, request.isJSON {
            guard JSONExtent.fits(body.readableBytesView) else { throw Problem.tooManyValues }
            guard let value = JSONValue(Array(body.readableBytesView)) else {
                throw Problem.badRequest("The body is not valid JSON.")
            }
            if let mismatch = schema.mismatch(value, Self.manner), mismatch.kind == .shape {
                throw Problem.badRequest(mismatch.sentence)
            }
        }
        return try await next(request, context)
    }

    private static func check(_ query: Parameters, _ operation: Operation) throws {
        for member in operation.query {
            guard let text = query[member.name[...]] else {
                guard member.isRequired else { continue }
                throw Problem.badRequest("The query member \"\(member.name)\" is missing.")
            }
            let value: JSONValue
            switch member.schema.kind {
            case .integer:
                let digits = text.hasPrefix("-") ? text.dropFirst() : text
                guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                    let number = Int64(text)
                else { throw Problem.badRequest("The query member \"\(member.name)\" must be a whole number.") }
                value = .number(Double(number))
            default: value = .string(String(text))
            }
            if let mismatch = member.schema.mismatch(value, at: member.name, Self.manner) {
                throw Problem.badRequest(mismatch.sentence.replacing("The member", with: "The query member"))
            }
        }
    }
}

/// Says that a route is there and does not know the method, instead of that nothing is there.
struct AllowedMethodsMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard context.endpointPath == nil, request.uri.path.hasPrefix("/api/v1/") else {
            return try await next(request, context)
        }
        let methods = Operations.methods(at: request.uri.path.dropFirst("/api/v1/".count))
        guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
            return try await next(request, context)
        }
        throw Problem(
            .methodNotAllowed, "method-not-allowed", "This address does not know the method.",
            remedy: "It knows \(methods.joined(separator: ", ")).", headers: [.allow: methods.joined(separator: ", ")])
    }
}

extension Operations {
    /// By method and full path, as the router names them.
    static let byRoute = Dictionary(
        uniqueKeysWithValues: Self.all.map { ("\($0.method) /api/v1/\($0.path)", $0) })

    /// The route that a path leads to, as the router finds it: words before what stands for something.
    static func route(at path: Substring) -> String? {
        let parts = path.split(separator: "/")
        func words(_ route: String) -> [Bool] { route.split(separator: "/").map { !$0.hasPrefix("{") } }
        return Set(Self.all.map(\.path)).filter { path in
            let route = path.split(separator: "/")
            return route.count == parts.count && zip(route, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }.max { words($0).lexicographicallyPrecedes(words($1)) { !$0 && $1 } }
    }

    /// The methods that a path knows, `HEAD` with `GET`.
    static func methods(at path: Substring) -> [String] {
        guard let route = Self.route(at: path) else { return [] }
        let methods = Set(Self.all.filter { $0.path == route }.map(\.method))
        return (methods.contains("GET") ? methods.union(["HEAD"]) : methods).sorted()
    }
}
