import EtcdClient

/// Tries again for a while what failed because a server was away.
package struct Patience: Sendable {
    /// How long a server may be away before the transfer gives up. What was done until then stays done.
    package var limit: Duration
    /// Told once whenever a server has gone away, with what it said.
    package var onTrouble: @Sendable (EtcdError) -> Void

    package init(_ limit: Duration, onTrouble: @escaping @Sendable (EtcdError) -> Void = { _ in }) {
        self.limit = limit
        self.onTrouble = onTrouble
    }

    /// Only for what may be done twice: reads, and writes that do not depend on what was there.
    func keepTrying<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        var failedSince: ContinuousClock.Instant?
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await work()
            } catch let error as EtcdError where error.mayPass {
                try Task.checkCancellation()
                let now = ContinuousClock.now
                if failedSince == nil { self.onTrouble(error) }
                let since = failedSince ?? now
                failedSince = since
                guard since.duration(to: now) + pause < self.limit else { throw error }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }
}

extension EtcdError {
    /// `cancelled` is what a server says to calls under way when it ends.
    fileprivate var mayPass: Bool { self.isTransient || self.code == .cancelled }
}
