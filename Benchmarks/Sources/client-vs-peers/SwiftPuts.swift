import BenchmarkSupport
import EtcdClient
import Foundation

/// Puts with this project's client.
enum SwiftPuts {
    static let key = Key("benchmark/key")
    static let value = Value([UInt8](repeating: UInt8(ascii: "v"), count: 256))
    static let streams = 100

    static func sequential(_ client: EtcdClient, count: Int) async throws -> LoadReport {
        for _ in 0..<count / 10 { try await client.put(self.key, self.value) }
        var times: [Double] = []
        times.reserveCapacity(count)
        let cpu = ownCPUSeconds()
        for _ in 0..<count {
            let start = monotonicNanoseconds()
            try await client.put(self.key, self.value)
            times.append(Double(monotonicNanoseconds() - start) / 1e9)
        }
        return Self.report(times, seconds: times.reduce(0, +), cpu: ownCPUSeconds() - cpu)
    }

    static func concurrent(_ client: EtcdClient, count: Int) async throws -> LoadReport {
        _ = try await self.burst(client, count: count / 10)
        let cpu = ownCPUSeconds()
        let start = monotonicNanoseconds()
        let times = try await self.burst(client, count: count)
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        return Self.report(times, seconds: seconds, cpu: ownCPUSeconds() - cpu)
    }

    private static func burst(_ client: EtcdClient, count: Int) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<self.streams {
                group.addTask {
                    var times: [Double] = []
                    for _ in 0..<count / self.streams {
                        let start = monotonicNanoseconds()
                        try await client.put(self.key, self.value)
                        times.append(Double(monotonicNanoseconds() - start) / 1e9)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func report(_ times: [Double], seconds: Double, cpu: Double) -> LoadReport {
        let percentiles = Percentiles(times)
        return LoadReport(
            calls: times.count, seconds: seconds, cpuSeconds: cpu, mean: times.reduce(0, +) / Double(times.count),
            p50: percentiles.median, p99: percentiles.value(99))
    }
}
