extension EtcdClient {
    /// This client, confined to the keys that begin with `prefix`, and with that prefix left out of all names.
    ///
    /// ```swift
    /// let hall = client.namespaced("/sites/hall/")
    /// try await hall.put("lamp", "on")                 // puts /sites/hall/lamp
    /// for try await batch in hall.watch(.all) { … }    // tells of "lamp"
    /// ```
    ///
    /// Reads, writes, transactions with all their conditions, watches, the keys of leases, sessions, locks, elections,
    /// queues and caches made from it are confined. Revisions, leases, users, members and compaction are the whole
    /// store's. It keeps well-behaved programs apart; what a user may do is for ``Auth`` to say.
    ///
    /// It shares the connection, token and watch streams of this client, and closes when this client does; closing it
    /// closes this one.
    ///
    /// - Parameter prefix: Any bytes. Namespaces of a namespace add up; an empty one changes nothing.
    public func namespaced(_ prefix: Key) -> EtcdClient {
        EtcdClient(viewOf: self, prefix: (self.namespace.map { Key(Array($0.prefix)) } ?? "") + prefix)
    }
}
