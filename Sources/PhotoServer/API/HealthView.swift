import Foundation

/// That the server is up, for monitors; and its time, by which displays in step go.
struct HealthView: Encodable, Sendable {
    let status = "ok"
    /// Milliseconds since 1970-01-01 00:00 UTC.
    let timeMilliseconds = (Date().timeIntervalSince1970 * 1000).rounded()

    private enum CodingKeys: String, CodingKey {
        case status
        case timeMilliseconds = "time_ms"
    }
}
