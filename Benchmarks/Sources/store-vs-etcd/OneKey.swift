import BenchmarkSupport
import Foundation

/// One key, rewritten again and again.
enum OneKey {
    /// Rewrites the key until it has been written `marks.last` times; gives disk and memory at each mark.
    static func run(on server: ServerProcess, marks: [Int]) throws -> [(disk: Double, memory: Double)] {
        let loop = try LoadLoop()
        defer { loop.close() }
        let connections = try loop.connect(4, port: server.port)
        let key = Array("vitrine/rewritten".utf8)
        var sizes: [(disk: Double, memory: Double)] = []
        var begun = 0
        var answered = 0
        var failures = 0
        for mark in marks {
            func begin(_ connection: LoadConnection) {
                guard begun < mark else { return }
                let value = [UInt8](repeating: UInt8(truncatingIfNeeded: begun), count: 256)
                connection.unary(WireMessages.put, WireMessages.putRequest(key, value), now: 0)
                loop.flushSoon(connection)
                begun += 1
            }
            for connection in connections {
                connection.onEnd = { connection, succeeded, _ in
                    answered += 1
                    if !succeeded { failures += 1 }
                    begin(connection)
                }
                for _ in 0..<50 { begin(connection) }
            }
            try loop.run("\(mark) puts to one key", within: .seconds(180)) { answered == mark }
            guard failures == 0 else { throw BenchmarkFailure("\(failures) of \(mark) puts failed") }
            // A snapshot may still be on its way to the disk.
            usleep(500_000)
            sizes.append((try server.diskBytes(), try server.residentBytes()))
        }
        return sizes
    }
}
