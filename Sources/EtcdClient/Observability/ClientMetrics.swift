import Metrics
import Synchronization

/// What a client counts; the names are documented at ``EtcdClient/Configuration/metricsFactory``.
final class ClientMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let code: String
    }

    private struct State {
        var calls: [Key: Counter] = [:]
        var durations: [String: Timer] = [:]
        var retries: [String: Counter] = [:]
        var leaseStates: [String: Counter] = [:]
    }

    private let factory: any MetricsFactory
    private let state = Mutex(State())
    private let connections: Counter
    private let watchEvents: Counter
    private let watchDrops: Counter
    private let watchInterruptions: Counter
    private let watchParked: Counter

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        self.connections = Counter(label: "etcd.client.connections", factory: factory)
        self.watchEvents = Counter(label: "etcd.client.watch.events", factory: factory)
        self.watchDrops = Counter(label: "etcd.client.watch.drops", factory: factory)
        self.watchInterruptions = Counter(label: "etcd.client.watch.interruptions", factory: factory)
        self.watchParked = Counter(label: "etcd.client.watch.parked", factory: factory)
    }

    func count(_ method: Method, code: String, duration: Duration) {
        let name = method.name
        let (calls, timer) = self.state.withLock { state in
            (
                state.calls.value(for: Key(method: name, code: code)) {
                    Counter(
                        label: "etcd.client.calls", dimensions: [("method", name), ("code", code)],
                        factory: self.factory)
                },
                state.durations.value(for: name) {
                    Timer(label: "etcd.client.call.duration", dimensions: [("method", name)], factory: self.factory)
                }
            )
        }
        calls.increment()
        let (seconds, attoseconds) = duration.components
        timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func countRetry(_ method: Method) {
        let name = method.name
        self.state.withLock { state in
            state.retries.value(for: name) {
                Counter(label: "etcd.client.call.retries", dimensions: [("method", name)], factory: self.factory)
            }
        }.increment()
    }

    func countLease(_ lease: LeaseState) {
        let name =
            switch lease {
            case .alive: "alive"
            case .atRisk: "atRisk"
            case .lost: "lost"
            }
        self.state.withLock { state in
            state.leaseStates.value(for: name) {
                Counter(label: "etcd.client.lease.states", dimensions: [("state", name)], factory: self.factory)
            }
        }.increment()
    }

    func countConnection() { self.connections.increment() }

    func countWatch(events: Int, drops: Int, interruptions: Int, parked: Int) {
        if events > 0 { self.watchEvents.increment(by: events) }
        if drops > 0 { self.watchDrops.increment(by: drops) }
        if interruptions > 0 { self.watchInterruptions.increment(by: interruptions) }
        if parked > 0 { self.watchParked.increment(by: parked) }
    }
}

extension Dictionary {
    /// The value, made when it is first asked for.
    fileprivate mutating func value(for key: Key, _ make: () -> Value) -> Value {
        if let known = self[key] { return known }
        let made = make()
        self[key] = made
        return made
    }
}
