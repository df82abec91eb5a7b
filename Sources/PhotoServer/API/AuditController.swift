import Foundation
import HTTPTypes
import Hummingbird
import PhotoLibrary

/// `/api/v1/audit`: who did what.
struct AuditController: Sendable {
    let library: PhotoLibrary

    func addRoutes(to router: some RouterMethods<BrowserContext>) {
        router.get("audit", use: self.list)
    }

    struct Entry: Encodable {
        let id: Int64
        let at: Date
        let who: String
        let through: String
        let action: String
        let subject: String
        let address: String
        let times: Int
        /// The same in words.
        let text: String

        init(_ entry: AuditEntry) {
            self.id = entry.id
            self.at = entry.at
            self.who = entry.who
            self.through = entry.through
            self.action = entry.action
            self.subject = entry.subject
            self.address = entry.address
            self.times = entry.times
            self.text = AuditWords.text(action: entry.action, subject: entry.subject)
        }
    }

    private struct Page: Encodable {
        let entries: [Entry]
        /// For the next page: `?before=` this.
        let next: Int64?
    }

    private func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = min(max(query["limit"].flatMap { Int($0) } ?? 100, 1), 500)
        let entries = try await self.library.audit(
            before: query["before"].flatMap { Int64($0) }, who: query["who"].map(String.init), limit: limit)
        return try .json(
            Page(entries: entries.map(Entry.init), next: entries.count == limit ? entries.last?.id : nil))
    }
}
