import NIOCore
import NIOHPACK

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

    func headers(for endpoint: GRPCEndpoint, timeout: TimeAmount?) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(8 + self.metadata.count)
        headers.add(name: ":method", value: "POST")
        headers.add(name: ":scheme", value: endpoint.usesTLS ? "https" : "http")
        headers.add(name: ":path", value: self.path)
        headers.add(name: ":authority", value: endpoint.authority)
        headers.add(name: "te", value: "trailers")
        headers.add(name: "content-type", value: "application/grpc")
        headers.add(name: "user-agent", value: "vitrine-etcd-client")
        if let timeout {
            // Differs from call to call: no use in the table, where it would push the others out.
            headers.add(name: "grpc-timeout", value: GRPCTimeout.format(timeout), indexing: .nonIndexable)
        }
        for item in self.metadata {
            headers.add(name: item.name, value: item.value, indexing: item.isSecret ? .neverIndexed : .indexable)
        }
        return headers
    }
}
