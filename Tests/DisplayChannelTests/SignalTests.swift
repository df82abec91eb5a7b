import Testing

@testable import DisplayChannel

@Suite struct SignalTests {
    @Test(.timeLimit(.minutes(1))) func `a signal raised before the wait is not lost, and counts once`() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let clock = ContinuousClock()
        let start = clock.now
        await signal.wait(within: .milliseconds(50))
        #expect(start.duration(to: clock.now) >= .milliseconds(50))
    }

    @Test(.timeLimit(.minutes(1))) func `a cancelled wait returns and the signal works on`() async {
        let signal = Signal()
        for _ in 0..<200 {
            let waiter = Task { await signal.wait() }
            waiter.cancel()
            await waiter.value
        }
        signal.raise()
        await signal.wait()
    }

    @Test(.timeLimit(.minutes(1))) func `a waiter is woken by a raise from elsewhere`() async {
        let signal = Signal()
        for _ in 0..<200 {
            async let waiting: Void = signal.wait()
            signal.raise()
            await waiting
        }
    }
}
