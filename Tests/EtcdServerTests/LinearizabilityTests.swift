import TestSupport
import Testing

/// The checker itself, on histories whose verdict is known.
struct LinearizabilityTests {
    /// Makes a history from times in one's head: (input, output, call, end); without an output nothing came back.
    private func verdict(
        _ history: [(StoreModel.Input, StoreModel.Output?, Int, Int)]
    ) -> Linearizability.Verdict {
        let start = ContinuousClock.now
        return Linearizability.check(
            StoreModel.self,
            history.map { input, output, call, end in
                .init(input, output, call: start + .milliseconds(call), end: start + .milliseconds(end))
            })
    }

    private func put(_ value: Int) -> StoreModel.Input { .put(["k": value]) }
    private func read(_ value: Int?) -> StoreModel.Output { .values(value.map { ["k": $0] } ?? [:]) }

    @Test func oneAfterTheOtherIsInOrder() {
        #expect(
            self.verdict([
                (.read, self.read(nil), 0, 1), (self.put(1), .done, 2, 3), (.read, self.read(1), 4, 5),
                (self.put(2), .done, 6, 7), (.read, self.read(2), 8, 9),
            ]) == .linearizable)
    }

    @Test func aStaleReadIsAViolation() {
        #expect(
            self.verdict([
                (self.put(1), .done, 0, 1), (self.put(2), .done, 2, 3), (.read, self.read(1), 4, 5),
            ]) == .violation)
        #expect(self.verdict([(self.put(1), .done, 0, 1), (.read, self.read(nil), 2, 3)]) == .violation)
    }

    @Test func whatOverlapsMayBeInEitherOrder() {
        for first in [nil, 1, 2] as [Int?] {
            #expect(
                self.verdict([
                    (self.put(1), .done, 0, 10), (self.put(2), .done, 0, 10), (.read, self.read(first), 1, 2),
                ]) == .linearizable)
        }
        // But all see one order.
        #expect(
            self.verdict([
                (self.put(1), .done, 0, 10), (self.put(2), .done, 0, 10), (.read, self.read(1), 11, 12),
                (.read, self.read(2), 13, 14),
            ]) == .violation)
        #expect(
            self.verdict([
                (self.put(1), .done, 0, 10), (.read, self.read(1), 1, 2), (.read, self.read(nil), 3, 4),
            ]) == .violation)
    }

    @Test func whatWasNotAnsweredMayHappenLaterOnceOrNever() {
        let lost: (StoreModel.Input, StoreModel.Output?, Int, Int) = (self.put(1), nil, 0, 1)
        #expect(self.verdict([lost, (.read, self.read(nil), 2, 3)]) == .linearizable)
        #expect(self.verdict([lost, (.read, self.read(1), 2, 3)]) == .linearizable)
        #expect(
            self.verdict([lost, (.read, self.read(nil), 2, 3), (.read, self.read(1), 4, 5)]) == .linearizable)
        #expect(
            self.verdict([lost, (self.put(2), .done, 2, 3), (.read, self.read(1), 4, 5)]) == .linearizable)
        // Not before it was asked for, and not twice.
        #expect(self.verdict([(.read, self.read(1), -2, -1), lost]) == .violation)
        #expect(
            self.verdict([
                lost, (.read, self.read(1), 2, 3), (self.put(2), .done, 4, 5), (.read, self.read(1), 6, 7),
            ]) == .violation)
    }

    @Test func aTransactionIsSeenWholeOrNotAtAll() {
        let both = StoreModel.Input.put(["x": 1, "y": 1])
        #expect(self.verdict([(both, .done, 0, 9), (.read, .values(["x": 1, "y": 1]), 1, 2)]) == .linearizable)
        #expect(self.verdict([(both, .done, 0, 9), (.read, .values(["x": 1]), 1, 2)]) == .violation)
    }

    @Test func comparisonsSeeTheOrderToo() {
        let swap = StoreModel.Input.swap("k", expected: 1, new: 2)
        #expect(self.verdict([(self.put(1), .done, 0, 1), (swap, .swapped(true), 2, 3)]) == .linearizable)
        #expect(self.verdict([(self.put(1), .done, 0, 1), (swap, .swapped(false), 2, 3)]) == .violation)
        // Of two only one can have found it.
        #expect(
            self.verdict([
                (self.put(1), .done, 0, 1), (swap, .swapped(true), 2, 9),
                (.swap("k", expected: 1, new: 3), .swapped(true), 2, 9),
            ]) == .violation)
    }

    /// Histories made by a real order are accepted, and refused once an answer in them is changed.
    @Test(arguments: Array(1...40) as [UInt64])
    func randomHistoriesAreJudgedRightly(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var state: [String: Int] = [:]
        let start = ContinuousClock.now
        var history: [Linearizability.Operation<StoreModel.Input, StoreModel.Output>] = []
        for number in 1...40 {
            // Each takes effect at its number; its call is up to two before, its end up to two after.
            let input: StoreModel.Input
            let output: StoreModel.Output
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                input = .put(["k": number])
                output = .done
                state["k"] = number
            case 1:
                let expected = Bool.random(using: &generator) ? state["k"] ?? 0 : number - 1
                input = .swap("k", expected: expected, new: number)
                output = .swapped(state["k"] == expected)
                if state["k"] == expected { state["k"] = number }
            default:
                input = .read
                output = .values(state)
            }
            let time = number * 10
            history.append(
                .init(
                    input, Int.random(in: 0..<20, using: &generator) == 0 ? nil : output,
                    call: start + .milliseconds(time - Int.random(in: 0...20, using: &generator)),
                    end: start + .milliseconds(time + Int.random(in: 0...20, using: &generator))))
        }
        #expect(Linearizability.check(StoreModel.self, history) == .linearizable)
        let reads = history.indices.filter { if case .values? = history[$0].output { true } else { false } }
        let changed = try #require(reads.randomElement(using: &generator))
        let old = history[changed]
        history[changed] = .init(old.input, .values(["k": 100_000]), call: old.call, end: old.end)
        #expect(Linearizability.check(StoreModel.self, history) == .violation)
    }
}
