import GRDB
import Synchronization

/// What happens in the same transaction as the next change of the library: a look whether it may be made, a mark that it
/// was.
///
/// It is handed down by the task, so that each of the library's changes can be made only if, or once, without a word of it.
enum LibraryTransaction {
    @TaskLocal static var steps: [Step] = []

    /// Runs in the first transaction that changes something, before the change; what it throws, the change throws.
    final class Step: Sendable {
        private let isDone = Mutex(false)
        private let body: @Sendable (Database) throws -> Void

        init(_ body: @escaping @Sendable (Database) throws -> Void) { self.body = body }

        func run(_ db: Database) throws {
            let isFirst = self.isDone.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
            if isFirst { try self.body(db) }
        }
    }

    static func with<Value>(_ step: Step, _ body: () async throws -> Value) async throws -> Value {
        try await Self.$steps.withValue(Self.steps + [step]) { try await body() }
    }
}
