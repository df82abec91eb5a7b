import EtcdTransport

/// Goes on trying what a lost connection or a server that restarts interrupts.
struct Patience {
    private var backoff: ConnectBackoff

    init(_ configuration: EtcdClient.Configuration) {
        self.backoff = ConnectBackoff(initial: configuration.initialBackoff, maximum: configuration.maximumBackoff)
    }

    init(initial: Duration, maximum: Duration) {
        self.backoff = ConnectBackoff(initial: initial, maximum: maximum)
    }

    /// Waits a while, longer each time.
    mutating func wait() async throws {
        var generator = SystemRandomNumberGenerator()
        try await Task.sleep(for: self.backoff.pause(using: &generator))
    }

    /// Waits a while if the error may pass; throws it if not.
    ///
    /// A write that may have happened is for the caller to judge: only steps that do no harm twice come here.
    mutating func wait(after error: any Error) async throws {
        guard let error = error as? EtcdError, error.mayPass else { throw error }
        try await self.wait()
    }

    mutating func reset() {
        self.backoff.reset()
    }
}

/// Runs `body` to its end even if the task is cancelled meanwhile. For the tidying up that others wait for; `body` must
/// end by itself.
func withoutCancellation<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await Task { try await body() }.value
}
