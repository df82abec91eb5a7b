import BenchmarkSupport
import Foundation

/// The peer: displays that ask the server every 10 s whether anything has changed.
struct Polling {
    let house: Installation
    private let period = Duration.seconds(10)

    /// Milliseconds from before each change until each of `displays` pollers knows it. Their phases are spread evenly.
    ///
    /// Presenting is left out, in the poller's favour.
    func measure(displays: Int, changes: Int) async throws -> [Double] {
        var all: [Double] = []
        for round in 0..<changes {
            let brightness = round.isMultiple(of: 2) ? "0.700" : "0.900"
            let house = self.house
            let period = self.period
            let start = Installation.wallClock() + Int64.random(in: 50_000_000..<150_000_000)
            let times = try await withThrowingTaskGroup(of: Int64.self) { group in
                for display in 0..<displays {
                    let phase = period * Double(display) / Double(displays)
                    group.addTask {
                        try await Task.sleep(for: phase)
                        while true {
                            let view = try await house.http.get(PageSession.Display.self, "displays/\(house.display)")
                            if view.settings.brightness == brightness { return Installation.wallClock() }
                            try await Task.sleep(for: period)
                        }
                    }
                }
                try await Task.sleep(for: .nanoseconds(max(0, start - Installation.wallClock())))
                let changed = Installation.wallClock()
                try await house.change(["settings": ["brightness": Double(brightness) ?? 1]])
                var times: [Int64] = []
                for try await time in group { times.append(time - changed) }
                return times
            }
            all += times.map { Double($0) / 1e6 }
        }
        return all
    }
}
