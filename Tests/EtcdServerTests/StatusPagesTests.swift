import EtcdServer
import EtcdWire
import Foundation
import TestSupport
import Testing

/// The pages that monitors read, on the port of the API.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StatusPagesTests {
    @Test func healthVersionAndMetricsAreShown() async throws {
        try await withEmbeddedStore { address in
            let client = try await RawClient.connect(port: address.port)
            for index in 0..<5 { try await client.must("KV/Put", client.put("k\(index)")) }
            for version in ["--http1.1", "--http2-prior-knowledge"] {
                let health = try await HTTPPage.get("http://\(address)/health", [version])
                #expect(health.status == 200 && health.body == #"{"health":"true","reason":""}"#)
                let release = try await HTTPPage.get("http://\(address)/version", [version])
                #expect(release.body.hasPrefix(#"{"etcdserver":"3.6."#))
                #expect(try await HTTPPage.get("http://\(address)/nothing", [version]).status == 404)
                #expect(try await HTTPPage.get("http://\(address)/livez", [version]).status == 200)
            }
            let metrics = try await HTTPPage.get("http://\(address)/metrics").body
            for line in [
                "etcd_debugging_mvcc_keys_total 5", "etcd_debugging_mvcc_current_revision 6",
                "etcd_server_has_leader 1",
            ] { #expect(metrics.contains("\n\(line)\n"), "\(line)") }
            // Each value has its help and its type, and is a number.
            let lines = metrics.split(separator: "\n")
            for line in lines where !line.hasPrefix("#") {
                let name = line.prefix { $0 != " " && $0 != "{" }
                #expect(lines.contains { $0.hasPrefix("# TYPE \(name) ") }, "\(line)")
                #expect(Double(line.split(separator: " ").last ?? "") != nil, "\(line)")
            }
            var alarm = Etcdserverpb_AlarmRequest()
            alarm.action = .activate
            alarm.memberID = 3
            alarm.alarm = .nospace
            try await client.must("Maintenance/Alarm", alarm)
            let sick = try await HTTPPage.get("http://\(address)/health")
            #expect(sick.status == 503 && sick.body == #"{"health":"false","reason":"ALARM NOSPACE"}"#)
            #expect(try await HTTPPage.get("http://\(address)/health?exclude=NOSPACE").status == 200)
            await client.close()
        }
    }
}
