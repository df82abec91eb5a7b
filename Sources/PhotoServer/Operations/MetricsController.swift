import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PhotoLibrary

/// `/metrics`, for whoever may look: how the server, its displays and its library are, for Prometheus.
struct MetricsController: Sendable {
    let library: PhotoLibrary
    let board: FleetBoard
    let requests: RequestMetrics
    private let startTime = Date().timeIntervalSince1970

    init(library: PhotoLibrary, board: FleetBoard, requests: RequestMetrics) {
        self.library = library
        self.board = board
        self.requests = requests
    }

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(string: try await self.text())))
        }
    }

    private func text() async throws -> String {
        var text = PrometheusText()
        self.addRequests(&text)
        self.addDisplays(&text)
        let counts = try await self.library.counts()
        text.gauge("vitrine_photos", "Photos in the library, without the bin.", counts.photos)
        text.gauge("vitrine_albums", "Albums.", counts.albums)
        text.gauge(
            "vitrine_renditions_waiting", "Photos cut for a display that are still to be made.",
            counts.renditionsWaiting)
        text.gauge(
            "vitrine_renditions_failed", "Photos that could not be cut for a display.", counts.renditionsFailed)
        text.gauge(
            "vitrine_displays_unpublished", "Displays with a change that the mediator does not have yet.",
            counts.displaysUnpublished)
        text.gauge(
            "vitrine_mediator_connected", "Whether the mediator is heard.", self.board.isMediatorConnected ? 1 : 0)
        self.addProcess(&text)
        return text.text
    }

    private func addRequests(_ text: inout PrometheusText) {
        let numbers = self.requests.numbers
        text.begin("vitrine_http_requests_total", .counter, "Requests answered.")
        for (key, count) in numbers.requests.sorted(by: {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }) {
            text.sample(
                "vitrine_http_requests_total",
                ["method": key.method, "route": key.route, "status": "\(key.status)"], count)
        }
        let name = "vitrine_http_request_duration_seconds"
        text.begin(name, .histogram, "From a request's head to its answer's head.")
        for (route, times) in numbers.times.sorted(by: { $0.key < $1.key }) {
            text.samples(name, ("route", route), times)
        }
    }

    private func addDisplays(_ text: inout PrometheusText) {
        text.begin("vitrine_displays", .gauge, "Displays, by how they are.")
        var counts: [String: Int] = [:]
        for view in self.board.views { counts[view.liveness.rawValue, default: 0] += 1 }
        for liveness in Liveness.allCases {
            text.sample("vitrine_displays", ["liveness": liveness.rawValue], counts[liveness.rawValue] ?? 0)
        }
        let name = "vitrine_acknowledgement_seconds"
        text.begin(
            name, .histogram,
            "From a change in the mediator, or an order, to the display's first report that it is in effect, or done.")
        let times = self.board.acknowledgements
        text.samples(name, ("of", "change"), times.changes)
        text.samples(name, ("of", "order"), times.orders)
    }

    /// What the system knows of this process; nothing where there is no `/proc`.
    private func addProcess(_ text: inout PrometheusText) {
        text.gauge("process_start_time_seconds", "When the process started, since 1970.", self.startTime)
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return }
        let pages = statm.split(separator: " ").compactMap { Int($0) }
        guard pages.count >= 2 else { return }
        text.gauge(
            "process_resident_memory_bytes", "Memory in use.", pages[1] * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
