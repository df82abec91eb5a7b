/// How long things took, in buckets as Prometheus wants them. Pure.
struct TimeHistogram: Equatable, Sendable {
    /// Upper bounds of the buckets, in seconds.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// One more than there are bounds.
    private(set) var buckets = [Int](repeating: 0, count: Self.bounds.count + 1)
    private(set) var count = 0
    private(set) var seconds = 0.0

    mutating func note(_ seconds: Double) {
        self.buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        self.count += 1
        self.seconds += seconds
    }
}

extension PrometheusText {
    /// The samples of one histogram. Its metric was begun.
    mutating func samples(_ name: String, _ label: (name: String, value: String), _ times: TimeHistogram) {
        var below = 0
        for (index, bound) in TimeHistogram.bounds.enumerated() {
            below += times.buckets[index]
            self.sample("\(name)_bucket", [label.name: label.value, "le": "\(bound)"], below)
        }
        self.sample("\(name)_bucket", [label.name: label.value, "le": "+Inf"], times.count)
        self.sample("\(name)_sum", [label.name: label.value], times.seconds)
        self.sample("\(name)_count", [label.name: label.value], times.count)
    }
}
