import Foundation

/// Order statistics of measured values.
package struct Percentiles: Sendable {
    private let sorted: [Double]

    package init(_ values: [Double]) { self.sorted = values.sorted() }

    package var count: Int { self.sorted.count }
    package var median: Double { self.value(50) }
    package var smallest: Double { self.sorted.first ?? .nan }
    package var largest: Double { self.sorted.last ?? .nan }

    /// The smallest value that at least `percent` of all are not above (nearest rank).
    package func value(_ percent: Double) -> Double {
        guard !self.sorted.isEmpty else { return .nan }
        let rank = Int((percent / 100 * Double(self.sorted.count)).rounded(.up))
        return self.sorted[min(max(rank, 1), self.sorted.count) - 1]
    }

    package func text(_ percent: Double) -> String {
        let value = self.value(percent)
        return value < 100 ? String(format: "%.1f", value) : String(Int(value.rounded()))
    }
}
