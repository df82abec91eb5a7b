import BenchmarkSupport
import Foundation

/// One line of the table: both sides' figures and how they compare.
struct Row {
    enum Goal {
        /// The store's figure divided by etcd's must be at least this.
        case atLeast(Double)
        /// The store's figure divided by etcd's must be at most this.
        case atMost(Double)
    }

    let work: String
    let unit: String
    let figures: Outcome<Double>
    let goal: Goal
    let limitedBy: String

    static let header = """
        | work | unit | etcd 3.5 | store | store / etcd | asked for | |
        |---|---|---|---|---|---|---|
        """

    /// The median of the ratios within each round: what disturbs a round disturbs both of its halves.
    var ratio: Double { Percentiles(zip(self.figures.store, self.figures.etcd).map { $0 / $1 }).median }

    var isReached: Bool {
        switch self.goal {
        case .atLeast(let floor): self.ratio >= floor
        case .atMost(let ceiling): self.ratio <= ceiling
        }
    }

    var markdown: String {
        let asked =
            switch self.goal {
            case .atLeast(let floor): "≥ \(Self.text(floor))"
            case .atMost(let ceiling): "≤ \(Self.text(ceiling))"
            }
        return "| \(self.work) | \(self.unit) | \(Self.spread(self.figures.etcd)) | \(Self.spread(self.figures.store))"
            + " | **\(Self.text(self.ratio))** | \(asked) | \(self.isReached ? "reached" : "**missed**") |"
    }

    private static func spread(_ values: [Double]) -> String {
        let percentiles = Percentiles(values)
        return "\(self.text(percentiles.median)) [\(self.text(percentiles.smallest))–\(self.text(percentiles.largest))]"
    }

    /// Three significant digits.
    static func text(_ value: Double) -> String {
        if value >= 100 {
            let formatter = NumberFormatter()
            formatter.numberStyle = .decimal
            formatter.locale = Locale(identifier: "en_US")
            formatter.maximumFractionDigits = 0
            return formatter.string(from: NSNumber(value: value)) ?? "\(value)"
        }
        return String(format: value >= 10 ? "%.1f" : "%.2f", value)
    }
}
