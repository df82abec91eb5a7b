/// Decides whether a sign-in may be tried, from what failed before. Pure: the caller brings the time.
///
/// Failures count by address and by account. An address is stopped early; an account only after many failures from
/// anywhere, and never for an address that has signed in to it before, so that a stranger cannot lock its owner out.
package struct SignInLimiter<Instant: InstantProtocol> where Instant.Duration == Duration {
    /// How many failures are allowed within how long.
    package struct Limits: Sendable {
        package var failuresPerAddress = 10
        package var failuresPerAccount = 50
        package var window: Duration = .seconds(300)
        /// Addresses, accounts and pairs remembered, each; the oldest is forgotten first.
        package var capacity = 4096

        package init() {}
    }

    package enum Decision: Equatable {
        case allowed
        /// Too many failures; a try will be allowed again after this time.
        case wait(Duration)
    }

    private struct Failures {
        var count: Int
        var windowEnd: Instant
    }

    private struct Pair: Hashable {
        var address: String
        var account: String
    }

    private let limits: Limits
    private var byAddress = BoundedTable<String, Failures>()
    private var byAccount = BoundedTable<String, Failures>()
    private var trusted = BoundedTable<Pair, Bool>()

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether a try is allowed now; an allowed try counts as a failure until ``succeeded(account:address:)`` says
    /// otherwise, so that many tries at once cannot slip through together.
    package mutating func attempt(account: String, address: String, now: Instant) -> Decision {
        if let wait = Self.wait(self.byAddress[address], limit: self.limits.failuresPerAddress, now: now) {
            return .wait(wait)
        }
        if self.trusted[Pair(address: address, account: account)] == nil,
            let wait = Self.wait(self.byAccount[account], limit: self.limits.failuresPerAccount, now: now)
        {
            return .wait(wait)
        }
        self.count(&self.byAddress, address, now: now)
        self.count(&self.byAccount, account, now: now)
        return .allowed
    }

    /// Forgets this address's failures and trusts it with this account from now on.
    package mutating func succeeded(account: String, address: String) {
        self.byAddress[address] = nil
        self.trusted.set(Pair(address: address, account: account), true, capacity: self.limits.capacity)
    }

    private static func wait(_ failures: Failures?, limit: Int, now: Instant) -> Duration? {
        guard let failures, now < failures.windowEnd, failures.count >= limit else { return nil }
        return now.duration(to: failures.windowEnd)
    }

    private func count(_ table: inout BoundedTable<String, Failures>, _ key: String, now: Instant) {
        var failures = table[key] ?? Failures(count: 0, windowEnd: now.advanced(by: self.limits.window))
        if now >= failures.windowEnd {
            failures = Failures(count: 0, windowEnd: now.advanced(by: self.limits.window))
        }
        failures.count += 1
        table.set(key, failures, capacity: self.limits.capacity)
    }
}

extension SignInLimiter: Sendable where Instant: Sendable {}
