import EtcdWire

extension EtcdClient.Maintenance {
    /// Asks whether the cluster could go back to an older version. Changes nothing. Since etcd 3.5.
    ///
    /// - Parameter version: Such as `3.4`; one minor version below the cluster's.
    /// - Returns: The version of the cluster now.
    /// - Throws: ``EtcdError``; `invalidDowngradeTarget` for a version that it cannot go back to,
    ///   `downgradeVersionFormat` for one that is none, `unimplemented` by older servers.
    @discardableResult
    public func validateDowngrade(to version: String) async throws -> String {
        try await self.downgrade(.validate, version, retry: .always)
    }

    /// Begins to go back to an older version; the members are then to be replaced by the older program one by one.
    ///
    /// - Returns: The version of the cluster now.
    /// - Throws: ``EtcdError``; as ``validateDowngrade(to:)``, and `downgradeInProgress`.
    @discardableResult
    public func enableDowngrade(to version: String) async throws -> String {
        try await self.downgrade(.enable, version, retry: .ifUnsent)
    }

    /// Stays at the present version after all.
    ///
    /// - Returns: The version of the cluster now.
    /// - Throws: ``EtcdError``; `noDowngradeInProgress`.
    @discardableResult
    public func cancelDowngrade() async throws -> String {
        try await self.downgrade(.cancel, "", retry: .ifUnsent)
    }

    private func downgrade(
        _ action: Etcdserverpb_DowngradeRequest.DowngradeAction, _ version: String, retry: Call.Retry
    ) async throws -> String {
        var request = Etcdserverpb_DowngradeRequest()
        request.action = action
        request.version = version
        let response: Etcdserverpb_DowngradeResponse = try await self.client.call(.downgrade, request, retry: retry)
        return response.version
    }
}

extension Method {
    fileprivate static let downgrade = Method(path: "/etcdserverpb.Maintenance/Downgrade")
}
