import Foundation

/// Order statistics of measured values.
struct Percentiles {
    private let sorted: [Double]

    init(_ values: [Double]) { self.sorted = values.sorted() }

    var median: Double { self.value(50) }

    /// The smallest value that at least `percent` of all are not above (nearest rank).
    func value(_ percent: Double) -> Double {
        guard !self.sorted.isEmpty else { return .nan }
        let rank = Int((percent / 100 * Double(self.sorted.count)).rounded(.up))
        return self.sorted[min(max(rank, 1), self.sorted.count) - 1]
    }

    func text(_ percent: Double) -> String {
        let value = self.value(percent)
        return value < 100 ? String(format: "%.1f", value) : String(Int(value.rounded()))
    }
}
