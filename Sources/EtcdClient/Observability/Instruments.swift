import EtcdTransport
import Metrics
import Tracing

/// What tells the outside how calls go. There is none where nobody listens, so that nothing is spent on it.
struct Instruments: Sendable {
    let metrics: ClientMetrics?
    let tracer: (any Tracer)?

    /// `nil` if there is neither a metrics backend nor a tracer.
    init?(_ configuration: EtcdClient.Configuration) {
        let factory = configuration.metricsFactory ?? MetricsSystem.factory
        self.metrics = factory is NOOPMetricsHandler ? nil : ClientMetrics(factory)
        let tracer = configuration.tracer ?? InstrumentationSystem.tracer
        self.tracer = tracer is NoOpTracer ? nil : tracer
        if self.metrics == nil, self.tracer == nil { return nil }
    }

    /// Carries out a call under a span, and counts it.
    func observe<Response: Sendable>(
        _ method: Method, _ body: (CallProbe) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let span = self.tracer?.startSpan(method.name, ofKind: .client)
        let probe = CallProbe(method: method, metrics: self.metrics, span: span, metadata: self.metadata(of: span))
        do {
            let response: Response
            if let span {
                response = try await ServiceContext.withValue(span.context) { try await body(probe) }
            } else {
                response = try await body(probe)
            }
            probe.end(after: start.duration(to: .now), nil)
            return response
        } catch {
            probe.end(after: start.duration(to: .now), error)
            throw error
        }
    }

    /// What tells the server which trace the call belongs to.
    private func metadata(of span: (any Span)?) -> [GRPCRequestHead.Metadata] {
        guard let span, let tracer = self.tracer else { return [] }
        var metadata: [GRPCRequestHead.Metadata] = []
        tracer.inject(span.context, into: &metadata, using: MetadataInjector())
        return metadata
    }
}

private struct MetadataInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [GRPCRequestHead.Metadata]) {
        // What is not a header field would cost the call, or its connection.
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f })
        else { return }
        carrier.append(.init(name: key.lowercased(), value: value, isUnique: true))
    }
}

/// One call under observation.
struct CallProbe: Sendable {
    let method: Method
    let metrics: ClientMetrics?
    let span: (any Span)?
    let metadata: [GRPCRequestHead.Metadata]

    /// The call is about to be sent.
    func attempt(_ number: Int, to endpoint: GRPCEndpoint) {
        guard let span else { return }
        span.attributes["server.address"] = endpoint.host
        span.attributes["server.port"] = Int64(endpoint.port)
        span.addEvent(SpanEvent(name: "attempt", attributes: ["etcd.attempt": .int64(Int64(number))]))
    }

    /// It failed, and is tried again.
    func retry(after error: EtcdError) {
        self.metrics?.countRetry(self.method)
        self.span?.addEvent(SpanEvent(name: "retry", attributes: ["etcd.error": .string("\(error.code)")]))
    }

    fileprivate func end(after duration: Duration, _ error: (any Error)?) {
        let code = error.map { ($0 as? EtcdError).map { "\($0.code)" } ?? "cancelled" } ?? "ok"
        self.metrics?.count(self.method, code: code, duration: duration)
        guard let span else { return }
        span.attributes["rpc.system"] = "grpc"
        span.attributes["rpc.service"] = self.method.service
        span.attributes["rpc.method"] = self.method.operation
        if error == nil {
            span.attributes["rpc.grpc.status_code"] = Int64(0)
        } else if let status = (error as? EtcdError)?.status {
            span.attributes["rpc.grpc.status_code"] = Int64(status.code)
        }
        if let error {
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error, message: code))
        }
        span.end()
    }
}

extension Method {
    /// Such as `etcdserverpb.KV/Put`.
    var name: String { String(self.path.dropFirst()) }
    /// Such as `etcdserverpb.KV`.
    fileprivate var service: String { String(self.name.prefix { $0 != "/" }) }
    /// Such as `Put`.
    fileprivate var operation: String { String(self.name.drop { $0 != "/" }.dropFirst()) }
}
