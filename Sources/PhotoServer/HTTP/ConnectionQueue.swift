/// Which connection is closed when one more comes than a server holds: the one that has gone longest without a request to
/// be worked on. So whoever opens connections and leaves them idle closes their own, and not the door for others.
///
/// Decides only; ``ConnectionTable`` closes.
struct ConnectionQueue {
    /// When a connection began to wait, in turns.
    private struct Wait {
        let connection: Int
        let turn: Int
    }

    let maximum: Int
    /// The turn in which each began to wait; nil while something is worked on for it.
    private var turns: [Int: Int?] = [:]
    /// Those that wait, the longest first. One that has gone on since does not count.
    private var queue: [Wait] = []
    /// Before it all of ``queue`` is done with.
    private var first = 0
    private var turn = 0

    init(maximum: Int) { self.maximum = max(1, maximum) }

    var count: Int { self.turns.count }

    /// A connection is there, and waits.
    ///
    /// - Returns: The one to close instead; the new one itself where all others are worked on.
    mutating func opened(_ connection: Int) -> Int? {
        self.turns[connection] = .some(nil)
        self.waits(connection)
        guard self.turns.count > self.maximum else { return nil }
        while self.first < self.queue.count {
            let wait = self.queue[self.first]
            self.first += 1
            guard self.turns[wait.connection] == wait.turn else { continue }
            // Gone from here on, so that the next one closes another.
            self.turns[wait.connection] = nil
            return wait.connection
        }
        return nil
    }

    /// A request of it has begun.
    mutating func works(_ connection: Int) {
        if self.turns[connection] != nil { self.turns[connection] = .some(nil) }
    }

    /// Its request is answered.
    mutating func waits(_ connection: Int) {
        guard self.turns[connection] != nil else { return }
        self.turn += 1
        self.turns[connection] = self.turn
        self.queue.append(Wait(connection: connection, turn: self.turn))
        // What is done with goes, so that this is never much longer than there are connections.
        guard self.queue.count > 2 * self.turns.count + 64 else { return }
        self.queue = self.queue[self.first...].filter { self.turns[$0.connection] == $0.turn }
        self.first = 0
    }

    mutating func closed(_ connection: Int) { self.turns[connection] = nil }
}
