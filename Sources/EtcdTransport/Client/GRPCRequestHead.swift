/// What a client sends before the messages of a call.
package struct GRPCRequestHead: Sendable {
    package let path: String
    /// Further headers. Values of secrets are kept out of compression tables.
    package let metadata: [Metadata]

    package struct Metadata: Sendable {
        let name: String
        let value: String
        let isSecret: Bool
        /// Whether the next call will have another value: not worth a place in the server's table.
        let isUnique: Bool

        package init(name: String, value: String, isSecret: Bool = false, isUnique: Bool = false) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
            self.isUnique = isUnique
        }
    }

    package init(path: String, metadata: [Metadata] = []) {
        self.path = path
        self.metadata = metadata
    }
}
