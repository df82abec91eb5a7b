import EtcdStore
import Synchronization

/// Who has logged in: tokens that live a while after they were last used, and not longer than the process.
final class LoginTokens: Sendable {
    private struct Token: Sendable {
        let user: String
        var end: Duration
    }

    private struct State: Sendable {
        var tokens: [String: Token] = [:]
        var nextSweep = Duration.zero
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    private let lifetime: Duration
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    init(lifetime: Duration, now: @escaping @Sendable () -> Duration) {
        self.lifetime = lifetime
        self.now = now
    }

    /// Gives out a token; `index` tells tokens apart in logs, as etcd's do.
    func make(for user: String, index: UInt64) -> String {
        var generator = SystemRandomNumberGenerator()
        let secret = String(
            (0..<16).map { _ in Self.letters[Int.random(in: 0..<Self.letters.count, using: &generator)] })
        let token = "\(secret).\(index)"
        let now = self.now()
        self.state.withLock { state in
            Self.sweep(&state, now: now)
            state.tokens[token] = Token(user: user, end: now + self.lifetime)
        }
        return token
    }

    /// Whose token it is, or `nil` if it is none or has run out. Using it makes it live longer.
    func user(of token: String) -> String? {
        let now = self.now()
        return self.state.withLock { state in
            guard let found = state.tokens[token] else { return nil }
            guard found.end > now else {
                state.tokens[token] = nil
                return nil
            }
            state.tokens[token]?.end = now + self.lifetime
            return found.user
        }
    }

    /// Logs a user out everywhere.
    func drop(user: String) {
        self.state.withLock { state in state.tokens = state.tokens.filter { $0.value.user != user } }
    }

    /// Logs everybody out.
    func dropAll() { self.state.withLock { $0.tokens = [:] } }

    var count: Int { self.state.withLock { $0.tokens.count } }

    private static func sweep(_ state: inout State, now: Duration) {
        guard now >= state.nextSweep else { return }
        state.nextSweep = now + .seconds(1)
        state.tokens = state.tokens.filter { $0.value.end > now }
    }
}
