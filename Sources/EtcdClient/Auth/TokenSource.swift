/// The token of the client's user. Fetched when first needed, by one task for all, and again when a server refuses it.
actor TokenSource {
    private enum State {
        case none
        /// Empty if the server has no users: then calls go without.
        case known(String)
        /// Owned by this actor; it ends by the deadline of the call it makes.
        case fetching(Task<String, any Error>)
    }

    private let fetch: @Sendable () async throws -> String
    private var state = State.none

    init(fetch: @escaping @Sendable () async throws -> String) {
        self.fetch = fetch
    }

    /// The token, or `nil` for a server without users.
    func token() async throws -> String? {
        let token: String
        switch self.state {
        case .known(let known):
            token = known
        case .fetching(let task):
            token = try await task.value
        case .none:
            let task = Task { [fetch] in try await fetch() }
            self.state = .fetching(task)
            do {
                token = try await task.value
                self.state = .known(token)
            } catch {
                self.state = .none
                throw error
            }
        }
        return token.isEmpty ? nil : token
    }

    /// A server refused `token`. Does nothing if there is a newer one by now.
    ///
    /// - Returns: Whether it was the newest: if not, what comes next is not known to be refused.
    @discardableResult
    func invalidate(_ token: String?) -> Bool {
        guard case .known(let known) = self.state, known == token ?? "" else { return false }
        self.state = .none
        return true
    }
}
