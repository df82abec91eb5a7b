import NIOCore

/// The renewals that a stream has still to answer, in the order in which they were asked for. Pure.
///
/// A server answers renewals in the order in which they come, and says of each only which lease it was of. So an answer
/// belongs to the oldest renewal of its lease, also when nobody waits for that one any more: taken for the answer to a
/// later one, it would make a lease believed in for longer than it lives.
struct LeaseLedger {
    private struct Renewal {
        let ticket: Int
        let lease: LeaseID
        /// `nil` until it was sent over the present stream.
        var sent: ContinuousClock.Instant?
        var isWanted = true
    }

    private var renewals = CircularBuffer<Renewal>(initialCapacity: 1)
    private var lastTicket = 0

    /// Whether somebody waits for an answer.
    var isWaitedFor: Bool { self.renewals.contains { $0.isWanted } }

    /// What a renewal is known by.
    mutating func makeTicket() -> Int {
        self.lastTicket += 1
        return self.lastTicket
    }

    /// Somebody wants a lease renewed.
    mutating func add(_ lease: LeaseID, as ticket: Int) {
        self.renewals.append(Renewal(ticket: ticket, lease: lease))
    }

    /// What is to be sent now; counts as sent from `now` on.
    mutating func takeUnsent(now: ContinuousClock.Instant) -> [LeaseID] {
        var leases: [LeaseID] = []
        for index in self.renewals.indices where self.renewals[index].sent == nil {
            self.renewals[index].sent = now
            leases.append(self.renewals[index].lease)
        }
        return leases
    }

    /// When a renewal was sent over the present stream, if it was.
    func sent(_ ticket: Int) -> ContinuousClock.Instant? {
        self.renewals.first { $0.ticket == ticket }?.sent
    }

    /// An answer about a lease has come.
    ///
    /// - Returns: The renewal that it answers and when that was sent, if somebody waits for it.
    mutating func answered(_ lease: LeaseID) -> (ticket: Int, sent: ContinuousClock.Instant)? {
        guard let index = self.renewals.firstIndex(where: { $0.lease == lease && $0.sent != nil }) else { return nil }
        let renewal = self.renewals.remove(at: index)
        guard renewal.isWanted, let sent = renewal.sent else { return nil }
        return (renewal.ticket, sent)
    }

    /// Nobody waits for this one any more.
    mutating func abandon(_ ticket: Int) {
        guard let index = self.renewals.firstIndex(where: { $0.ticket == ticket }) else { return }
        if self.renewals[index].sent == nil {
            self.renewals.remove(at: index)
        } else {
            self.renewals[index].isWanted = false
        }
    }

    /// Nobody is to be answered any more.
    mutating func removeAll() {
        self.renewals.removeAll()
    }

    /// The stream ended: what it did not answer is to be sent again over the next.
    ///
    /// - Parameter isVerdict: The server ended it with a status, which it found on the oldest unanswered renewal.
    /// - Returns: That renewal, which is not sent again, if somebody waits for it.
    mutating func streamEnded(isVerdict: Bool) -> Int? {
        let judged = isVerdict ? self.renewals.first { $0.sent != nil } : nil
        self.renewals.removeAll { !$0.isWanted || $0.ticket == judged?.ticket }
        for index in self.renewals.indices { self.renewals[index].sent = nil }
        return judged.flatMap { $0.isWanted ? $0.ticket : nil }
    }
}
