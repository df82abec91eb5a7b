import Foundation
import GRDB

/// What is known of a request that somebody named by a key of their own, so that it has its effect once.
package enum KeptAnswer: Equatable, Sendable {
    /// Nothing was done yet: do it.
    case none
    /// It was done, and this was the answer.
    case answered(Data)
    /// It was done, and its answer was lost.
    case lost
    /// The key is another request's.
    case another
}

/// Who names a request, and how.
package struct RequestKey: Hashable, Sendable {
    package let caller: String
    /// A hash of it is enough.
    package let key: String

    package init(caller: String, key: String) {
        self.caller = caller
        self.key = key
    }
}

extension PhotoLibrary {
    /// How long an answer is kept.
    package static let answersKept: TimeInterval = 86_400
    /// Answers that are kept for one caller; the oldest makes way.
    package static let answersMaximum = 1000

    /// Takes note of a request before it is done.
    ///
    /// - Parameter fingerprint: What it asks: equal for equal requests.
    package func noteRequest(_ request: RequestKey, fingerprint: String) async throws -> KeptAnswer {
        try await self.write { [now] db, _ in
            let date = now()
            try db.execute(
                sql: "DELETE FROM keptAnswer WHERE createdAt < ?",
                arguments: [date.addingTimeInterval(-Self.answersKept)])
            let known = try Row.fetchOne(
                db, sql: "SELECT fingerprint, isDone, answer FROM keptAnswer WHERE caller = ? AND key = ?",
                arguments: [request.caller, request.key])
            if let known {
                guard known["fingerprint"] == fingerprint else { return .another }
                if let answer = known["answer"] as Data? { return .answered(answer) }
                return known["isDone"] == true ? .lost : .none
            }
            try db.execute(
                sql: """
                    DELETE FROM keptAnswer WHERE caller = ? AND key IN
                        (SELECT key FROM keptAnswer WHERE caller = ? ORDER BY createdAt DESC LIMIT -1 OFFSET ?)
                    """, arguments: [request.caller, request.caller, Self.answersMaximum - 1])
            try db.execute(
                sql: "INSERT INTO keptAnswer (caller, key, fingerprint, createdAt) VALUES (?, ?, ?, ?)",
                arguments: [request.caller, request.key, fingerprint, date])
            return .none
        }
    }

    /// Does what a noted request asks for. Its first change of the library is committed together with the mark that it was
    /// done, so that after a crash it is not done again.
    package func doing<Value>(_ request: RequestKey, _ body: () async throws -> Value) async throws -> Value {
        let step = LibraryTransaction.Step { db in
            try db.execute(
                sql: "UPDATE keptAnswer SET isDone = 1 WHERE caller = ? AND key = ?",
                arguments: [request.caller, request.key])
        }
        return try await LibraryTransaction.with(step, body)
    }

    /// Keeps the answer for whoever asks the same again.
    package func keepAnswer(_ answer: Data, to request: RequestKey) async throws {
        try await self.write { db, _ in
            try db.execute(
                sql: "UPDATE keptAnswer SET isDone = 1, answer = ? WHERE caller = ? AND key = ?",
                arguments: [answer, request.caller, request.key])
        }
    }

    /// Forgets a request that was refused. One that changed something stays.
    package func forgetRequest(_ request: RequestKey) async throws {
        try await self.write { db, _ in
            try db.execute(
                sql: "DELETE FROM keptAnswer WHERE caller = ? AND key = ? AND isDone = 0",
                arguments: [request.caller, request.key])
        }
    }
}
