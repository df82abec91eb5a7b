import HTTPTypes
import Hummingbird
import Synchronization

/// Counts requests and times them, by route.
final class RequestMetrics: Sendable {
    struct Key: Hashable {
        let method: String
        /// With the parameters' names; requests that no route takes are one.
        let route: String
        let status: Int
    }

    struct Numbers {
        var requests: [Key: Int] = [:]
        /// By route.
        var times: [String: TimeHistogram] = [:]
    }

    private let state = Mutex(Numbers())

    var numbers: Numbers { self.state.withLock { $0 } }

    func note(method: String, route: String?, status: Int, duration: Duration) {
        let route = route ?? "none"
        // An open stream of events says nothing about how fast answers are.
        let seconds = route.hasSuffix("/events") ? nil : duration / .seconds(1)
        self.state.withLock { state in
            // Methods are the router's own but for requests that it does not know: those could be any word.
            state.requests[Key(method: route == "none" ? "other" : method, route: route, status: status), default: 0] +=
                1
            guard let seconds else { return }
            state.times[route, default: TimeHistogram()].note(seconds)
        }
    }
}

/// Notes every request in ``RequestMetrics``, refused ones too.
struct RequestMetricsMiddleware<Context: RequestContext>: RouterMiddleware {
    let metrics: RequestMetrics

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        self.metrics.note(
            method: request.method.rawValue, route: context.endpointPath, status: response.status.code,
            duration: start.duration(to: .now))
        return response
    }
}
