import Foundation
import Glibc
import Renditions
import TestSupport
import Testing

struct WorkerProcessTests {
    @Test(arguments: [
        ("kill -9 $$", RenditionError.Code.workerCrashed), ("kill -SEGV $$", .workerCrashed),
        ("exit 3", .workerUnavailable),
        ("exit 0", .workerUnavailable), ("echo hello", .workerUnavailable), ("exec yes", .workerUnavailable),
        ("exec sleep 60", .timedOut), ("exec >&-; exec sleep 60", .timedOut),
    ])
    func aWorkerThatMisbehavesIsAnErrorOfItsOwn(script: String, code: RenditionError.Code) async throws {
        try await withTemporaryFolder { folder in
            let pool = RenditionPool(
                worker: try makeScript(folder, script),
                limits: RenditionLimits(wallTimeSeconds: code == .timedOut ? 1 : 20))
            let start = ContinuousClock.now
            let error = await #expect(throws: RenditionError.self) { _ = try await pool.inspect("\(folder)/a.jpg") }
            #expect(error?.code == code)
            #expect(error?.message.contains("a.jpg") == true)
            #expect(ContinuousClock.now - start < .seconds(15))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aCancelledJobsWorkerIsDeadWhenTheCallReturns() async throws {
        try await withTemporaryFolder { folder in
            let pool = RenditionPool(worker: try makeScript(folder, "echo $$ > '\(folder)/pid'\nexec sleep 600"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await pool.inspect("\(folder)/a.jpg") }
                let pid = try await eventually("the worker running") {
                    (try? String(contentsOfFile: "\(folder)/pid", encoding: .utf8))
                        .flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
                }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
                #expect(kill(pid, 0) == -1 && errno == ESRCH)
            }
        }
    }

    @Test func aWorkerGetsNothingOfTheServersSecrets() async throws {
        try await withTemporaryFolder { folder in
            setenv("VITRINE_TEST_SECRET", "hush", 1)
            let script = "env > '\(folder)/env'; ls /proc/self/fd > '\(folder)/fds'; exit 3"
            let held = open("/dev/null", O_RDONLY)  // inherited by whoever does not close it
            defer { close(held) }
            _ = try? await RenditionPool(worker: try makeScript(folder, script)).inspect("\(folder)/a.jpg")
            #expect(try String(contentsOfFile: "\(folder)/env", encoding: .utf8).contains("hush") == false)
            let descriptors = try String(contentsOfFile: "\(folder)/fds", encoding: .utf8).split(separator: "\n")
            // 0, 1, 2, and the one that ls reads the folder with.
            #expect(descriptors.count <= 4, "\(descriptors)")
        }
    }

    @Test func noMoreWorkersRunAtOnceThanAllowed() async throws {
        try await withTemporaryFolder { folder in
            let log = "\(folder)/log"
            let pool = RenditionPool(
                worker: try makeScript(folder, "echo + >> '\(log)'; sleep 0.1; echo - >> '\(log)'; exit 3"), parallel: 2
            )
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<6 { group.addTask { _ = try? await pool.inspect("\(folder)/\(number).jpg") } }
            }
            var (running, most) = (0, 0)
            for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") {
                running += line == "+" ? 1 : -1
                most = max(most, running)
            }
            #expect(most == 2)
        }
    }

    @Test func aGiantIsAskedAgainAndThenRunsAlone() async throws {
        try await withTemporaryFolder { folder in
            let log = "\(folder)/log"
            let worker = try makeScript(folder, "echo x >> '\(log)'\nexec '\(try BuiltProgram.photoserver)' worker")
            let pool = RenditionPool(worker: worker, limits: RenditionLimits(pixelsGiant: 1_000))
            try TestImages.corners("\(folder)/base.ppm")
            try await TestImages.convert("\(folder)/base.ppm", to: "\(folder)/a.jpg", folder: folder)
            let output = RenditionPool.Output(recipe: .thumbnail, destination: "\(folder)/out.jpg")
            let files = try await pool.render("\(folder)/a.jpg", [output]).files
            #expect(files.first?.width == 96)
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "x\nx\n")
        }
    }

    @Test func jobsBeyondTheBoundAreRefused() async throws {
        try await withTemporaryFolder { folder in
            let pool = RenditionPool(
                worker: try makeScript(folder, "touch '\(folder)/running'; exec sleep 600"), parallel: 1,
                maximumWaiting: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await pool.inspect("\(folder)/a.jpg") }
                try await eventually("the first worker running") {
                    FileManager.default.fileExists(atPath: "\(folder)/running")
                }
                let error = await #expect(throws: RenditionError.self) { _ = try await pool.inspect("\(folder)/b.jpg") }
                #expect(error?.code == .busy)
                group.cancelAll()
            }
        }
    }
}

struct AsyncSemaphoreTests {
    @Test(.timeLimit(.minutes(1)))
    func aCancelledWaiterLeavesItsPlaceToTheNext() async throws {
        let semaphore = AsyncSemaphore(slots: 1, maximumWaiting: 10)
        try await semaphore.acquire()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await semaphore.withSlot {} }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        semaphore.release()
        try await semaphore.withSlot {}
    }

    @Test(.timeLimit(.minutes(1)))
    func oneKeyIsHeldByOneTaskAtATime() async throws {
        let lock = KeyedLock<Int>()
        let counter = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await lock.withLock(number % 2) {
                        await counter.enter(number % 2)
                        await Task.yield()
                        await counter.leave(number % 2)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await counter.most == [0: 1, 1: 1])
    }

    private actor Counter {
        private var running: [Int: Int] = [:]
        private(set) var most: [Int: Int] = [:]

        func enter(_ key: Int) {
            self.running[key, default: 0] += 1
            self.most[key] = max(self.most[key] ?? 0, self.running[key] ?? 0)
        }

        func leave(_ key: Int) { self.running[key, default: 0] -= 1 }
    }
}
