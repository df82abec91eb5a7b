/// What a client sends before the messages of a call.
package struct GRPCRequestHead: Sendable {
    package let path: String
    /// Further headers. Values of secrets are kept out of compression tables.
    package let metadata: [Metadata]

    package struct Metadata: Sendable {
        let name: String
        let value: String
        let isSecret: Bool

        package init(name: String, value: String, isSecret: Bool = false) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
        }
    }

    package init(path: String, metadata: [Metadata] = []) {
        self.path = path
        self.metadata = metadata
    }
}
