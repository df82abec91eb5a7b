extension ListenAddress {
    /// - Throws: ``CommandFailure`` when others could reach the address and nobody said that they may.
    package func mustBeLoopback(unless insecure: Bool, flag: String) throws {
        guard !self.isLoopback, !insecure else { return }
        throw CommandFailure(
            .configuration, "--\(flag) \(self) lets others reach a service that asks for no login or is not encrypted",
            remedy: "Listen on 127.0.0.1, or add --insecure if that network is yours alone.")
    }
}
