import Foundation

/// The seeds that a test of random faults runs with.
package enum SoakSeeds {
    /// `VITRINE_SOAK_SEED` and the ones after it, `VITRINE_SOAK_RUNS` in all, to replay a failure or to go on with a
    /// long run; without them, one random seed. Each test prints the one it is at.
    package static var all: [UInt64] { self.all(orElse: 1) }

    /// The same, with `count` random seeds in a row where nothing is set.
    package static func all(orElse count: UInt64) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        let runs = environment["VITRINE_SOAK_RUNS"].flatMap { UInt64($0) } ?? count
        let first = environment["VITRINE_SOAK_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        return (0..<max(runs, 1)).map { first + $0 }
    }
}
