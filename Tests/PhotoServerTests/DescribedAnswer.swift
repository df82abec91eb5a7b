import DisplayChannel
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import PhotoServer

extension TestResponse {
    /// Expects that an answer of the API is one that its description knows, member by member: every test that asks the API
    /// is a test of the description too.
    ///
    /// - Returns: The operation that answered well; nil for what is no route of the API, or was refused.
    @discardableResult
    func expectAsDescribed(_ method: HTTPRequest.Method, _ uri: String) -> Operation? {
        let path = uri.prefix { $0 != "?" }
        guard path.hasPrefix("/api/v1/"), let route = Operations.route(at: path.dropFirst("/api/v1/".count)),
            let operation = Operations.byRoute["\(method.rawValue) /api/v1/\(route)"]
        else { return nil }
        let status = self.status.code
        guard let answer = operation.answers.first(where: { $0.status == status }) else {
            // A mediator that is away, or what anything may answer.
            #expect(operation.allProblems[status] != nil || status == 304, "\(operation.route) answered \(status)")
            if status != 304 { self.expect(.reference("Problem"), operation, type: "application/problem+json") }
            return nil
        }
        switch answer.content {
        case .none: #expect(self.body.readableBytes == 0, "\(operation.route)")
        case .media(let type): #expect(self.headers[.contentType]?.hasPrefix(type) == true, "\(operation.route)")
        case .json(let schema): self.expect(schema, operation, type: "application/json")
        }
        return operation
    }

    private func expect(_ schema: Schema, _ operation: Operation, type: String) {
        #expect(self.headers[.contentType]?.hasPrefix(type) == true, "\(operation.route): \(self.status)")
        guard let value = JSONValue(Array(self.body.readableBytesView)) else {
            Issue.record("\(operation.route) answered no JSON: \(self.text)")
            return
        }
        let manner = Schema.Manner(schemas: Schemas.all, knowsAll: true)
        if let mismatch = schema.mismatch(value, manner) {
            Issue.record("\(operation.route): \(mismatch.sentence) \(self.text.prefix(500))")
        }
    }
}
