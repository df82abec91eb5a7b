import BenchmarkSupport
import Foundation

/// nghttp2's `h2load`, sending the same put one after the other: what HTTP/2 costs when nobody reads the answer.
struct H2Load {
    let program: String
    let folder: String

    /// The put of ``SwiftPuts`` as one gRPC message, as it goes over the wire.
    private static var body: Data {
        let key = Array(SwiftPuts.key.bytes)
        let put: [UInt8] = [0x0a, UInt8(key.count)] + key + [0x12, 0x80, 0x02] + SwiftPuts.value.bytes
        return Data([0, 0, 0, UInt8(put.count >> 8), UInt8(put.count & 0xff)] + put)
    }

    func sequential(port: UInt16, count: Int) throws -> LoadReport {
        let file = "\(self.folder)/put.grpc"
        try Self.body.write(to: URL(fileURLWithPath: file))
        func run(_ requests: Int) throws -> String {
            try ChildOutput.of(
                self.program,
                [
                    "-n", "\(requests)", "-c", "1", "-m", "1", "-t", "1", "-d", file, "-H",
                    "content-type: application/grpc", "-H", "te: trailers",
                    "http://127.0.0.1:\(port)/etcdserverpb.KV/Put",
                ])
        }
        _ = try run(count / 10)
        let output = try run(count)
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("time for request:") }),
            output.contains("\(count) succeeded, 0 failed")
        else { throw BenchmarkFailure("h2load did not succeed:\n\(output)") }
        // time for request:  minimum  maximum  mean  deviation  share
        let columns = line.dropFirst("time for request:".count).split(separator: " ")
        guard columns.count >= 3, let mean = Self.seconds(columns[2]) else {
            throw BenchmarkFailure("h2load's output is not understood: \(line)")
        }
        return LoadReport(
            calls: count, seconds: mean * Double(count), cpuSeconds: nil, mean: mean, p50: nil, p99: nil)
    }

    /// Reads `1.23ms`, `456us`, `1.2s`.
    private static func seconds(_ text: Substring) -> Double? {
        for (unit, factor) in [("us", 1e-6), ("ms", 1e-3), ("s", 1.0)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}

/// A program run to its end.
enum ChildOutput {
    static func of(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkFailure("\(program) ended with \(process.terminationStatus):\n\(output)")
        }
        return output
    }
}
