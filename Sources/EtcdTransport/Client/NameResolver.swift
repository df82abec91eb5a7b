import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the addresses of a server's name; a name may stand for several servers.
package struct NameResolver: Sendable {
    /// A name that stands for nothing, or could not be asked about.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let look: @Sendable (String, Int) async throws -> [SocketAddress]

    /// - Parameter look: The addresses of a host and port, the best first.
    package init(_ look: @escaping @Sendable (String, Int) async throws -> [SocketAddress]) {
        self.look = look
    }

    /// Asks the system. Each dial asks anew, so that a change of names is followed.
    package static let system = NameResolver { host, port in
        try await Self.unlessCancelled { completion in
            NIOThreadPool.singleton.submit { _ in completion(Result { try Self.getAddresses(host, port) }) }
        }
    }

    package func addresses(of endpoint: GRPCEndpoint) async throws -> [SocketAddress] {
        if let numeric = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) { return [numeric] }
        let addresses = try await self.look(endpoint.host, endpoint.port)
        guard !addresses.isEmpty else { throw Failure(description: "the name \(endpoint.host) has no address") }
        return addresses
    }

    /// The system's answer may take long, and cannot be called off; who is cancelled does not wait for it.
    private static func unlessCancelled<Value: Sendable>(
        _ start: (@escaping @Sendable (Result<Value, any Error>) -> Void) -> Void
    ) async throws -> Value {
        let waiter = Mutex<CheckedContinuation<Value, any Error>?>(nil)
        @Sendable func resume(_ result: Result<Value, any Error>) {
            let continuation = waiter.withLock { waiter in
                defer { waiter = nil }
                return waiter
            }
            continuation?.resume(with: result)
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.withLock { $0 = continuation }
                start(resume)
                if Task.isCancelled { resume(.failure(CancellationError())) }
            }
        } onCancel: {
            resume(.failure(CancellationError()))
        }
    }

    private static func getAddresses(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            throw Failure(description: "the name \(host) was not found: \(String(cString: gai_strerror(code)))")
        }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            switch entry.ai_family {
            case AF_INET:
                entry.ai_addr?.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            case AF_INET6:
                entry.ai_addr?.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    addresses.append(SocketAddress($0.pointee, host: host))
                }
            default: break
            }
            next = entry.ai_next
        }
        return addresses
    }
}
