import CSys
import Glibc
import Synchronization

/// Runs jobs on the one thread that called ``run()``, asleep in poll(2) while there are none.
///
/// Graphics contexts belong to a thread. Swift's main actor leaves the main thread after the first `await` of an
/// async `main` on Linux, and SDL's own event wait polls every millisecond on KMS; this does neither.
package final class RenderExecutor: SerialExecutor, Sendable {
    /// A task that rests until its time has come or there is something to read.
    private struct Rest {
        var id: UInt64
        var deadline: ContinuousClock.Instant
        /// Negative, which poll(2) leaves alone, when only the time counts.
        var descriptor: Int32
        var task: CheckedContinuation<Void, Never>
    }

    private struct Work {
        var jobs: [UnownedJob] = []
        var rests: [Rest] = []
        var restCount: UInt64 = 0
        /// Rests that were cancelled before they began.
        var cancelled: Set<UInt64> = []
    }

    private let work = Mutex(Work())
    private let wakeDescriptor = csys_eventfd()
    private let owner = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.work.withLock { $0.jobs.append(job) }
        self.wake()
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    package func checkIsolated() { precondition(self.isOwned, "not on the render thread") }

    /// Runs jobs on the calling thread, which becomes the render thread, until ``stop()``.
    package func run() {
        self.owner.store(Int(csys_gettid()), ordering: .relaxed)
        while !self.isStopped.load(ordering: .acquiring) {
            self.wait()
            let due = self.work.withLock { work in
                defer { work.jobs = [] }
                return work.jobs
            }
            for job in due { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    /// Lets ``run()`` return after the jobs it is running.
    package func stop() {
        self.isStopped.store(true, ordering: .releasing)
        self.wake()
    }

    /// Returns after `time`, when `descriptor` can be read, after ``endRests()``, or at once when the task is cancelled.
    ///
    /// Costs the render thread a timeout and no other thread anything.
    @RenderActor
    func rest(for time: Duration, orUntilReadable descriptor: Int32? = nil) async {
        let id = self.work.withLock { work in
            work.restCount += 1
            return work.restCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { task in
                let isCancelled = self.work.withLock { work in
                    guard work.cancelled.remove(id) == nil else { return true }
                    work.rests.append(
                        Rest(id: id, deadline: .now.advanced(by: time), descriptor: descriptor ?? -1, task: task))
                    return false
                }
                if isCancelled { task.resume() }
            }
        } onCancel: {
            let rest = self.work.withLock { work in
                guard let index = work.rests.firstIndex(where: { $0.id == id }) else {
                    work.cancelled.insert(id)
                    return nil as Rest?
                }
                return work.rests.remove(at: index)
            }
            rest?.task.resume()
        }
        _ = self.work.withLock { $0.cancelled.remove(id) }
    }

    /// Has everybody who rests look around.
    @RenderActor
    func endRests() {
        let rests = self.work.withLock { work in
            defer { work.rests = [] }
            return work.rests
        }
        for rest in rests { rest.task.resume() }
    }

    /// Waits for jobs, and ends the rests that are over.
    private func wait() {
        let (rests, isBusy) = self.work.withLock { ($0.rests, !$0.jobs.isEmpty) }
        var descriptors = [pollfd(fd: self.wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        descriptors += rests.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let time = rests.map(\.deadline).min().map { ContinuousClock.now.duration(to: $0) }
        // Rounded up: a millisecond too early would be a turn for nothing.
        let milliseconds = time.map { Int32(min(max(($0 / .milliseconds(1)).rounded(.up), 0), 3_600_000)) }
        _ = poll(&descriptors, nfds_t(descriptors.count), isBusy ? 0 : milliseconds ?? -1)
        if descriptors[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(self.wakeDescriptor, &count, MemoryLayout<UInt64>.size)
        }
        guard !rests.isEmpty else { return }
        let now = ContinuousClock.now
        let over = zip(rests, descriptors.dropFirst()).filter { $0.deadline <= now || $1.revents != 0 }.map(\.0.id)
        let ended = self.work.withLock { work in
            let ended = work.rests.filter { over.contains($0.id) }
            work.rests.removeAll { over.contains($0.id) }
            return ended
        }
        for rest in ended { rest.task.resume() }
    }

    private var isOwned: Bool { Int(csys_gettid()) == self.owner.load(ordering: .relaxed) }

    private func wake() {
        // On the thread itself nobody sleeps: it looks before it does.
        guard !self.isOwned else { return }
        var one: UInt64 = 1
        _ = write(self.wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}
