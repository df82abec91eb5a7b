import HTTPTypes
import Hummingbird
import Synchronization

/// Counts requests and times them, by route.
final class RequestMetrics: Sendable {
    /// Upper bounds of the buckets, in seconds.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Key: Hashable {
        let method: String
        /// With the parameters' names; requests that no route takes are one.
        let route: String
        let status: Int
    }

    struct Times {
        var buckets = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        var count = 0
        var seconds = 0.0
    }

    struct Numbers {
        var requests: [Key: Int] = [:]
        /// By route.
        var times: [String: Times] = [:]
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
            var times = state.times[route] ?? Times()
            times.buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            times.count += 1
            times.seconds += seconds
            state.times[route] = times
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
