import CSys
import Glibc
import TestSupport
import Testing

@testable import Screen

/// Rests end when they should. None of these tests has a time limit of its own: a rest that does not end hangs.
@Suite(.timeLimit(.minutes(1)))
struct RenderExecutorTests {
    init() { RenderThread.start }

    @Test func aRestEndsAfterItsTimeAndNotBefore() async {
        let start = ContinuousClock.now
        await RenderActor.executor.rest(for: .milliseconds(30))
        #expect(start.duration(to: .now) >= .milliseconds(30))
    }

    @Test func aRestEndsWhenThereIsSomethingToRead() async throws {
        let descriptor = csys_eventfd()
        defer { close(descriptor) }
        let resting = Task { await RenderActor.executor.rest(for: .seconds(3600), orUntilReadable: descriptor) }
        // Whether it comes before the rest or during it.
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...5)))
        var one: UInt64 = 1
        #expect(write(descriptor, &one, MemoryLayout<UInt64>.size) == 8)
        await resting.value
    }

    @Test func aRestEndsWhenItsTaskIsCancelledAtAnyMoment() async throws {
        for round in 0..<200 {
            let resting = Task { await RenderActor.executor.rest(for: .seconds(3600)) }
            if round % 2 == 0 { try await Task.sleep(for: .microseconds(round * 2)) }
            resting.cancel()
            await resting.value
        }
    }

    @Test func allLookAroundWhenRestsEnd() async throws {
        let looked = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await RenderActor.executor.rest(for: .seconds(3600))
                    looked.update { $0 += 1 }
                }
            }
            try await eventually("three that rest no more") {
                await RenderActor.executor.endRests()
                return looked.get() == 3
            }
            try await group.waitForAll()
        }
    }

    @Test func jobsRunWhileOthersRest() async {
        let resting = Task { await RenderActor.executor.rest(for: .seconds(3600)) }
        for _ in 0..<100 { await Self.turn() }
        resting.cancel()
        await resting.value
    }

    @RenderActor private static func turn() { RenderActor.shared.assertIsolated() }
}
