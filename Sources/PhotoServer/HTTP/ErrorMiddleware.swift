import HTTPTypes
import Hummingbird
import Logging

/// Turns every error into an answer with a code: problem details for the API, a page for people.
///
/// What it does not know it logs in full and answers without detail, for an error's text may name files and hosts.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    let pages: PageRenderer

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            var problem = Self.problem(for: error, logger: context.logger)
            if problem.status == .contentTooLarge { problem.headers[.connection] = "close" }
            if request.uri.path.hasPrefix("/api/") || ["/health", "/ready", "/metrics"].contains(request.uri.path) {
                return try problem.response(from: request, context: context)
            }
            return try self.pages.errorPage(problem)
        }
    }

    private static func problem(for error: any Error, logger: Logger) -> Problem {
        switch error {
        case let problem as Problem:
            return problem
        case let error as HTTPError:
            return Self.problem(for: error)
        case let error as any ProblemConvertible:
            let problem = error.problem
            if problem.status.kind == .serverError {
                logger.error("request failed", metadata: ["error": "\(error)"])
            }
            return problem
        case let error as any HTTPResponseError:
            // Hummingbird's and NIO's own, such as a body that is longer than its route reads.
            return Self.problem(for: HTTPError(error.status))
        case is CancellationError:
            return .stopping
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            return Problem(
                .internalServerError, "internal-error", "Something went wrong here.",
                remedy: "Try again; if it stays, look into the server's log.")
        }
    }

    private static func problem(for error: HTTPError) -> Problem {
        switch error.status {
        case .notFound: .notFound
        case .contentTooLarge:
            Problem(.contentTooLarge, "too-large", "The request is larger than this route reads.")
        default:
            Problem(error.status, "http-\(error.status.code)", error.body ?? error.status.reasonPhrase)
        }
    }
}

/// An error of another part that knows how it is told over HTTP.
protocol ProblemConvertible: Error {
    var problem: Problem { get }
}
