import TestSupport
import Testing

@Suite(.serialized) struct WallSoakTests {
    @Test(.timeLimit(.minutes(600)))
    func `whatever dies, is cut off or is set back, nothing acknowledged is lost and all agree in the end`()
        async throws
    {
        for seed in SoakSeeds.all {
            print("wall soak test: seed \(seed)")
            let problem = seed % 3 == 0 ? try await Self.embedded(seed) : try await Self.etcd(seed)
            #expect(problem == nil, "seed \(seed)")
        }
    }

    private static func embedded(_ seed: UInt64) async throws -> String? {
        try await withTemporaryFolder { folder in
            let house = try await WallHouse(folder: folder, displays: WallSoakRun.displays, etcdPort: nil)
            defer { house.kill() }
            return try await FaultProxy.with(targetPort: house.mediatorPort) { proxy in
                let run = WallSoakRun(house: house, etcd: nil, serverProxy: nil, displayProxy: proxy)
                return try await house.withDisplays(endpoint: proxy.endpoint) { try await run.run(seed: seed) }
            }
        }
    }

    private static func etcd(_ seed: UInt64) async throws -> String? {
        try await withEtcd { etcd in
            try await FaultProxy.with(targetPort: etcd.port) { serverProxy in
                try await FaultProxy.with(targetPort: etcd.port) { displayProxy in
                    try await withTemporaryFolder { folder in
                        let house = try await WallHouse(
                            folder: folder, displays: WallSoakRun.displays, etcdPort: serverProxy.port)
                        defer { house.kill() }
                        let run = WallSoakRun(
                            house: house, etcd: etcd, serverProxy: serverProxy, displayProxy: displayProxy)
                        return try await house.withDisplays(endpoint: displayProxy.endpoint) {
                            try await run.run(seed: seed)
                        }
                    }
                }
            }
        }
    }
}
