/// Decides whether a history of concurrent operations can be put into one order that explains every answer: Porcupine's
/// method, which is Wing and Gong's search with Lowe's cache of states already seen.
package enum Linearizability {
    /// One operation as its client saw it.
    package struct Operation<Input: Sendable, Output: Sendable>: Sendable {
        package let input: Input
        /// `nil` if no answer came: it may have happened at any time after its call, or never.
        package let output: Output?
        package let call: ContinuousClock.Instant
        package let end: ContinuousClock.Instant

        package init(_ input: Input, _ output: Output?, call: ContinuousClock.Instant, end: ContinuousClock.Instant) {
            self.input = input
            self.output = output
            self.call = call
            self.end = end
        }
    }

    /// What the operations are about.
    package protocol Model {
        associatedtype State: Hashable
        associatedtype Input: Sendable
        associatedtype Output: Sendable

        static var initial: State { get }
        /// The state after `input`, if `output` can be its answer in `state`; any answer can, where there is none.
        static func step(_ state: State, _ input: Input, _ output: Output?) -> State?
    }

    package enum Verdict: Equatable, Sendable {
        case linearizable
        case violation
        /// The search was given up: too many states.
        case unknown
    }

    /// Checks one history. Partition it before, where operations on different keys know nothing of each other.
    ///
    /// - Parameter stateLimit: After so many distinct states the search is given up.
    package static func check<M: Model>(
        _ model: M.Type, _ operations: [Operation<M.Input, M.Output>], stateLimit: Int = 2_000_000
    ) -> Verdict {
        var search = Search<M>(operations, stateLimit: stateLimit)
        return search.run()
    }
}

/// The search: calls and returns in a list by time; an operation is tried at its call, and has to fit before the first
/// return that is still in the list.
private struct Search<M: Linearizability.Model> {
    /// A set of operations, a bit each.
    private struct Done: Hashable {
        var words: [UInt64]

        mutating func flip(_ index: Int) { self.words[index >> 6] ^= 1 << UInt64(index & 63) }
    }

    private struct Seen: Hashable {
        let done: Done
        let state: M.State
    }

    private struct Entry {
        let operation: Int
        let isCall: Bool
        var previous = 0
        var next = 0
    }

    private let operations: [Linearizability.Operation<M.Input, M.Output>]
    /// The list; entry 0 is its head. For each operation the place of its return.
    private var entries: [Entry]
    private var returns: [Int]
    private var unansweredCount: Int
    private let stateLimit: Int

    init(_ operations: [Linearizability.Operation<M.Input, M.Output>], stateLimit: Int) {
        self.operations = operations
        self.stateLimit = stateLimit
        var events: [(time: ContinuousClock.Instant?, isCall: Bool, operation: Int)] = []
        for (index, operation) in operations.enumerated() {
            events.append((operation.call, true, index))
            events.append((operation.output == nil ? nil : operation.end, false, index))
        }
        // What has no answer returns after everything else. At one instant calls come first: they may overlap then.
        events.sort { left, right in
            switch (left.time, right.time) {
            case (let first?, let second?) where first != second: first < second
            case (_?, nil): true
            case (nil, _?): false
            default: left.isCall && !right.isCall
            }
        }
        self.entries = [Entry(operation: -1, isCall: false)]
        self.returns = Array(repeating: 0, count: operations.count)
        self.unansweredCount = operations.count { $0.output == nil }
        for event in events {
            let place = self.entries.count
            if !event.isCall { self.returns[event.operation] = place }
            self.entries.append(Entry(operation: event.operation, isCall: event.isCall, previous: place - 1))
            self.entries[place - 1].next = place
        }
        self.entries[self.entries.count - 1].next = 0
    }

    mutating func run() -> Linearizability.Verdict {
        var state = M.initial
        var done = Done(words: Array(repeating: 0, count: (self.operations.count + 63) / 64))
        var seen: Set<Seen> = []
        var path: [(call: Int, before: M.State)] = []
        var current = self.entries[0].next
        var answeredLeft = self.operations.count - self.unansweredCount
        while true {
            // All that was answered has its place; what was not need not have happened.
            if answeredLeft == 0 { return .linearizable }
            let entry = self.entries[current]
            if current != 0, entry.isCall {
                let operation = self.operations[entry.operation]
                if let next = M.step(state, operation.input, operation.output) {
                    done.flip(entry.operation)
                    if seen.insert(Seen(done: done, state: next)).inserted {
                        if seen.count > self.stateLimit { return .unknown }
                        path.append((current, state))
                        state = next
                        self.remove(current)
                        if operation.output != nil { answeredLeft -= 1 }
                        current = self.entries[0].next
                        continue
                    }
                    done.flip(entry.operation)
                }
                current = entry.next
                continue
            }
            // A return that nothing before it explains, or the end: take the last choice back.
            guard let last = path.popLast() else { return .violation }
            let operation = self.entries[last.call].operation
            state = last.before
            done.flip(operation)
            self.insert(last.call)
            if self.operations[operation].output != nil { answeredLeft += 1 }
            current = self.entries[last.call].next
        }
    }

    private mutating func remove(_ call: Int) {
        self.unlink(call)
        self.unlink(self.returns[self.entries[call].operation])
    }

    private mutating func insert(_ call: Int) {
        // In the opposite order of the removal, so that the neighbours each remembers are right.
        self.link(self.returns[self.entries[call].operation])
        self.link(call)
    }

    private mutating func unlink(_ place: Int) {
        let entry = self.entries[place]
        self.entries[entry.previous].next = entry.next
        if entry.next != 0 { self.entries[entry.next].previous = entry.previous }
    }

    private mutating func link(_ place: Int) {
        let entry = self.entries[place]
        self.entries[entry.previous].next = place
        if entry.next != 0 { self.entries[entry.next].previous = place }
    }
}
