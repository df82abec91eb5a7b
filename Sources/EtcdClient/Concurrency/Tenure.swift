/// One lease of a session, from its grant to its loss.
struct Tenure: Sendable {
    let lease: Lease
    let loss = OnceEvent<LeaseLoss>()

    /// What is thrown at those who relied on the lease.
    static func error(_ loss: LeaseLoss, _ lease: LeaseID) -> EtcdError {
        let reason =
            switch loss {
            case .notFound: "the server says that it expired or was revoked"
            case .deadlinePassed: "it could not be renewed in time"
            case .stopped: "its session ended"
            }
        return EtcdError(.leaseLost, "lease \(lease) is lost: \(reason)")
    }

    /// Runs `body` for as long as the lease lives. When it is lost, `body` is cancelled, and when it has ended,
    /// `leaseLost` is thrown.
    func whileHeld<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                let loss = try await self.loss.wait()
                throw Self.error(loss, self.lease.id)
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
            }
            throw CancellationError()
        }
    }
}
