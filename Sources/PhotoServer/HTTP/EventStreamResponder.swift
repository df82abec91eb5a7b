import Hummingbird

/// Finds the answer to who follows events in a task that ends with it.
///
/// A task keeps the memory that its deepest call took, some 30 KiB for the way through all middleware, until it ends;
/// and a connection's task ends with the connection, which for a follower is days away.
struct EventStreamResponder<Base: HTTPResponder>: HTTPResponder where Base.Context: Sendable {
    let base: Base

    func respond(to request: Request, context: Base.Context) async throws -> Response {
        guard request.uri.path.hasSuffix("/events") else {
            return try await self.base.respond(to: request, context: context)
        }
        let answer = Task { try await self.base.respond(to: request, context: context) }
        return try await withTaskCancellationHandler {
            try await answer.value
        } onCancel: {
            answer.cancel()
        }
    }
}
