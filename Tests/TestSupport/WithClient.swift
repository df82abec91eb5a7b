import EtcdClient
import Logging

/// Lends a client that is closed afterwards.
@discardableResult
package func withClient<Result: Sendable>(
    _ endpoints: EtcdClient.Endpoint..., configure: (inout EtcdClient.Configuration) -> Void = { _ in },
    _ body: (EtcdClient) async throws -> Result
) async throws -> Result {
    try await withClient(EtcdClient.Configuration(endpoints: endpoints), configure: configure, body)
}

/// The same, by an endpoint's text.
@discardableResult
package func withClient<Result: Sendable>(
    _ endpoint: String, configure: (inout EtcdClient.Configuration) -> Void = { _ in },
    _ body: (EtcdClient) async throws -> Result
) async throws -> Result {
    try await withClient(EtcdClient.Configuration(endpoints: endpoint), configure: configure, body)
}

private func withClient<Result: Sendable>(
    _ configuration: EtcdClient.Configuration, configure: (inout EtcdClient.Configuration) -> Void,
    _ body: (EtcdClient) async throws -> Result
) async throws -> Result {
    var configuration = configuration
    configure(&configuration)
    let client = EtcdClient(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}
