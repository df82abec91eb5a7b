import Foundation

/// A fact that did not come true in time.
package struct NotInTime: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Waits until `fact` gives a value, asking again every 20 ms, and returns it.
///
/// - Throws: ``NotInTime`` naming `what` after `limit`; whatever `fact` throws at its last try is named in it.
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
    _ fact: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var lastError: (any Error)?
    while true {
        do {
            if let value = try await fact() { return value }
            lastError = nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            lastError = error
        }
        guard clock.now < end else {
            let reason = lastError.map { "; the last try failed: \($0)" } ?? ""
            throw NotInTime(description: "\(what) did not happen within \(limit)\(reason)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Waits until `fact` is true. See ``eventually(_:within:isolation:_:)-value``.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), isolation: isolated (any Actor)? = #isolation,
    _ fact: () async throws -> Bool
) async throws {
    let _: Void = try await eventually(what, within: limit, isolation: isolation) { try await fact() ? () : nil }
}
